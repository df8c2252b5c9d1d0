import { randomBytes } from 'node:crypto';
import type { AgentCredentials } from '@radondb/agent/agent-config';
import { DataRefusedError } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/** The account that people and applications use. */
export type ApplicationCredentials = AgentCredentials['application'];

/** Reads a cluster's passwords, or makes them: random, in a file that only its owner reads. */
export async function keepCredentials(path: string): Promise<AgentCredentials> {
  const kept = await readCredentials(path);
  if (kept !== null) return kept;
  const made: AgentCredentials = {
    agent: { user: 'radondb_agent', password: newPassword() },
    replication: { user: 'radondb_replication', password: newPassword() },
    application: { user: 'app', password: newPassword(), database: 'app' },
  };
  await writeFileAtomic(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}

/** @returns null when there are none yet. @throws DataRefusedError when the file is damaged. */
export async function readCredentials(path: string): Promise<AgentCredentials | null> {
  const value = await readJson(path);
  if (value === null) return null;
  if (isCredentials(value)) return value;
  throw new DataRefusedError(`${path} is damaged: restore it from a backup`);
}

/**
 * 128 bits, and no character that a DSN, a shell or a my.cnf would read in its own way. Not one
 * character longer: MySQL cuts SOURCE_PASSWORD off after 32 and then is denied access.
 */
function newPassword(): string {
  return randomBytes(16).toString('hex');
}

function isCredentials(value: unknown): value is AgentCredentials {
  if (!isRecord(value)) return false;
  const accounts = [value['agent'], value['replication'], value['application']];
  return accounts.every(
    (account) =>
      isRecord(account) &&
      typeof account['user'] === 'string' &&
      typeof account['password'] === 'string',
  );
}
