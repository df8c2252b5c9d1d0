import { rm } from 'node:fs/promises';
import { isRecord, readJson } from '../files/read-json.ts';

/** sysexits.h: the agent found something that starting it again does not heal. */
export const EX_CONFIG = 78;

/** The words an agent left before it gave up; null when it did not. */
export async function readFatal(path: string): Promise<string | null> {
  const value = await readJson(path).catch(() => null);
  if (value === null) return null;
  const message = isRecord(value) ? value['message'] : undefined;
  return typeof message === 'string' ? message : JSON.stringify(value);
}

/** Forgets what an agent said in an earlier run: this start is to find out anew. */
export async function clearFatal(path: string): Promise<void> {
  await rm(path, { force: true });
}
