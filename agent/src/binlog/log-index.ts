import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Files that an index names, oldest first, as paths. A missing index is an empty one: the server has written no log yet. */
export async function readLogIndex(folder: string, indexFile: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path.resolve(folder, indexFile), 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => path.resolve(folder, line));
}

/** Whether a file call failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
