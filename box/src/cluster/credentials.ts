import { DataRefusedError } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';

/** The account that people and applications use. */
export interface ApplicationCredentials {
  readonly user: string;
  readonly password: string;
  readonly database: string | null;
}

/** @returns null when there are none yet. @throws DataRefusedError when the file is damaged. */
export async function readCredentials(path: string): Promise<ApplicationCredentials | null> {
  const value = await readJson(path);
  if (value === null) return null;
  if (
    isRecord(value) &&
    typeof value['user'] === 'string' &&
    typeof value['password'] === 'string'
  ) {
    const { user, password, database } = value;
    return { user, password, database: typeof database === 'string' ? database : null };
  }
  throw new DataRefusedError(`${path} is damaged: remove it, it is made anew at the next start`);
}
