/** What a node begins with: its log, or, when that is empty, the membership that every initial member is given. */
import { MemoryStorage } from '../core/storage.ts';
import type { NodeId, Snapshot } from '../core/types.ts';
import type { LogStore } from '../ports.ts';
import { ConfigError } from './errors.ts';
import { bootstrapConfState, type MemberRecord, type MemberSpec } from './members.ts';
import { encodeSnapshotData } from './snapshot-data.ts';

/** The position every cluster's log begins behind; the same on every initial member. */
const BOOTSTRAP = { index: 1, term: 1 } as const;

function checkBootstrap(members: readonly MemberSpec[]): void {
  const problems: string[] = [];
  const ids = members.map(({ id }) => id);
  if (!ids.every((id) => Number.isSafeInteger(id) && id > 0)) {
    problems.push('every member id must be a positive safe integer');
  }
  if (new Set(ids).size !== ids.length) problems.push('two members have the same id');
  if (!members.some(({ learner }) => learner !== true)) problems.push('there is no voter');
  if (!members.some(({ learner, witness }) => learner !== true && witness !== true)) {
    problems.push('no voter keeps data: a witness cannot lead');
  }
  if (!members.every(({ address }) => address.length > 0)) problems.push('a member has no address');
  if (problems.length > 0) throw new ConfigError(problems);
}

function bootstrapSnapshot(members: readonly MemberSpec[]): Snapshot {
  const records = members.map(({ id, address, context, witness }): [NodeId, MemberRecord] => [
    id,
    {
      address,
      ...(context === undefined ? {} : { context }),
      ...(witness === true ? { witness: true as const } : {}),
    },
  ]);
  const data = encodeSnapshotData({ members: records, state: null });
  return { ...BOOTSTRAP, confState: bootstrapConfState(members), data };
}

/** Fills the core's storage; writes the bootstrap membership to an empty log. Throws ConfigError. */
export async function startStorage(
  log: LogStore,
  bootstrap: readonly MemberSpec[] | undefined,
): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  const { hardState, snapshot, entries, peers } = log.recovered;
  const empty = snapshot === null && entries.length === 0 && hardState.term === 0;
  if (empty && bootstrap !== undefined) {
    checkBootstrap(bootstrap);
    const initial = bootstrapSnapshot(bootstrap);
    const state = { term: BOOTSTRAP.term, vote: 0, commit: BOOTSTRAP.index };
    await log.checkpoint({ hardState: state, snapshot: initial, entries: [], peers });
    storage.setHardState(state);
    storage.applySnapshot(initial);
    return storage;
  }
  storage.setHardState(hardState);
  if (snapshot !== null) storage.applySnapshot(snapshot);
  storage.append(entries);
  return storage;
}
