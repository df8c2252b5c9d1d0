import { randomInt, randomUUID } from 'node:crypto';
import { DataRefusedError } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { type ClusterPorts, MEMBER_PORTS } from '../ports/port-plan.ts';

/** Raised when a state written by this version could not be read by the one before. */
const STATE_FORMAT = 1;

/** What a cluster keeps from one start to the next, beside its spec and its data. */
export interface ClusterState {
  readonly format: number;
  readonly clusterId: string;
  readonly createdAt: string;
  /** Member names in the order of their ordinals. */
  readonly members: readonly string[];
  /** server_id of the first member; the others follow it. */
  readonly serverIdBase: number;
  readonly ports: ClusterPorts;
  /**
   * Whether a primary ever took clients. From then on an empty disk must not begin a raft log of its
   * own: it joins. Durable before anybody is told an endpoint.
   */
  readonly everOpen: boolean;
}

export function newClusterState(members: readonly string[], ports: ClusterPorts): ClusterState {
  return {
    format: STATE_FORMAT,
    clusterId: randomUUID(),
    createdAt: new Date().toISOString(),
    members,
    // Room for 16 members each, and hardly ever the same in two clusters, which may replicate to each other one day.
    serverIdBase: randomInt(1, 2 ** 27) * 16,
    ports,
    everOpen: false,
  };
}

/** @returns null for a cluster that does not exist yet. @throws DataRefusedError when the file is damaged or newer. */
export async function readClusterState(path: string): Promise<ClusterState | null> {
  const value = await readJson(path);
  if (value === null) return null;
  if (isRecord(value) && typeof value['format'] === 'number' && value['format'] > STATE_FORMAT) {
    throw new DataRefusedError(
      `${path} was written by a newer version (format ${value['format']}, this one knows ${STATE_FORMAT}): use that version`,
    );
  }
  if (!isClusterState(value)) {
    throw new DataRefusedError(
      `${path} is damaged: restore it from a backup. The cluster's data is untouched.`,
    );
  }
  return value;
}

export async function writeClusterState(path: string, state: ClusterState): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(state, null, 2)}\n`);
}

function isClusterState(value: unknown): value is ClusterState {
  if (!isRecord(value)) return false;
  const { clusterId, members, serverIdBase, ports, everOpen } = value;
  return (
    typeof clusterId === 'string' &&
    Array.isArray(members) &&
    members.every((name) => typeof name === 'string') &&
    typeof serverIdBase === 'number' &&
    typeof everOpen === 'boolean' &&
    isRecord(ports) &&
    typeof ports['primary'] === 'number' &&
    typeof ports['replicas'] === 'number' &&
    areMemberPorts(ports['members'], members)
  );
}

function areMemberPorts(value: unknown, members: readonly string[]): boolean {
  if (!isRecord(value)) return false;
  return members.every((name) => {
    const ports = value[name];
    return isRecord(ports) && MEMBER_PORTS.every((kind) => typeof ports[kind] === 'number');
  });
}
