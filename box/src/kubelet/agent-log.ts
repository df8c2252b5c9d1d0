import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const LONGEST_BYTES = 16 * 1024 * 1024;

/** Opens a member's log for appending; one that has grown long moves aside first. */
export async function openAgentLog(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const size = await stat(path).then(
    (it) => it.size,
    () => 0,
  );
  if (size > LONGEST_BYTES) await rename(path, `${path}.1`);
  return await open(path, 'a', 0o600);
}

/** The last lines of a file, at most so many; empty when there is none. */
export async function lastLines(path: string, count: number): Promise<readonly string[]> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 64 * 1024);
    const buffer = Buffer.alloc(length);
    await file.read(buffer, 0, length, size - length);
    const lines = buffer.toString('utf8').split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    await file.close();
  }
}
