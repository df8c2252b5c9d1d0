import { DataRefusedError } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import type { ClusterPorts } from '../ports/port-plan.ts';

/** Raised when a state written by this version could not be read by the one before. */
const STATE_FORMAT = 2;

/** What this machine keeps of a cluster beside what stands in the API: its ports. */
export interface LocalState {
  readonly format: number;
  /** Member names in the order of their ordinals. */
  readonly members: readonly string[];
  readonly ports: ClusterPorts;
}

export function newLocalState(members: readonly string[], ports: ClusterPorts): LocalState {
  return { format: STATE_FORMAT, members, ports };
}

/** @returns null for a cluster that does not exist yet. @throws DataRefusedError when the file is damaged, older or newer. */
export async function readLocalState(path: string): Promise<LocalState | null> {
  const value = await readJson(path);
  if (value === null) return null;
  if (isRecord(value) && typeof value['format'] === 'number' && value['format'] > STATE_FORMAT) {
    throw new DataRefusedError(
      `${path} was written by a newer version (format ${value['format']}, this one knows ${STATE_FORMAT}): use that version`,
    );
  }
  if (isLocalState(value)) return value;
  throw new DataRefusedError(
    `${path} is damaged: restore it from a backup. The cluster's data is untouched.`,
  );
}

export async function writeLocalState(path: string, state: LocalState): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(state, null, 2)}\n`);
}

function isLocalState(value: unknown): value is LocalState {
  if (!isRecord(value) || !isRecord(value['ports'])) return false;
  const { members, ports } = value;
  const ofMembers = ports['members'];
  return (
    Array.isArray(members) &&
    members.every((name) => typeof name === 'string') &&
    typeof ports['primary'] === 'number' &&
    typeof ports['replicas'] === 'number' &&
    isRecord(ofMembers) &&
    members.every((name) => typeof ofMembers[name] === 'number')
  );
}
