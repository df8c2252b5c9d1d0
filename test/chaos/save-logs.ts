import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

const LARGEST_BYTES = 64 * 1024 * 1024;

/** Copies logs and small records below `from` to `to`; returns where they are. */
export async function saveLogs(from: string, to: string): Promise<readonly string[]> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
  const saved: string[] = [];
  for (const entry of entries) {
    const isLog = /\.(log|err|jsonl)(\.\d+)?$|^(fatal|last-status)\.json$/.test(entry.name);
    if (!entry.isFile() || !isLog) continue;
    const path = join(entry.parentPath, entry.name);
    const size = await stat(path).then(
      (it) => it.size,
      () => Infinity,
    );
    if (size > LARGEST_BYTES) continue;
    const target = join(to, relative(from, path).replaceAll('/', '_'));
    await mkdir(to, { recursive: true });
    await copyFile(path, target).then(
      () => saved.push(target),
      () => undefined,
    );
  }
  return saved;
}
