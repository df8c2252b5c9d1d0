import { readFile } from 'node:fs/promises';
import { DataRefusedError, systemCode } from '../errors.ts';

/** The value of a JSON file, unchecked; null when there is no such file. @throws DataRefusedError when it is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataRefusedError(`${path} is damaged: it is not JSON`, { cause });
  }
}

/** A file's text; null when there is no such file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
