/** A log in memory. Keep the object to "restart" a node: `reopened()` gives what a new process would find. */
import { randomUUID } from 'node:crypto';
import { EMPTY_HARD_STATE, type Entry } from '../core/types.ts';
import type { FsyncStats, LogBatch, LogIdentity, LogState, LogStore } from '../ports.ts';

export class MemoryLog implements LogStore {
  readonly identity: LogIdentity;
  readonly recovered: LogState;
  readonly fsync: FsyncStats = { p50Ms: 0, p99Ms: 0, count: 0 };
  #state: LogState;

  constructor(
    owner: { readonly clusterId: string; readonly nodeId: number },
    from?: { readonly identity: LogIdentity; readonly state: LogState },
  ) {
    this.identity = from?.identity ?? { ...owner, incarnation: randomUUID() };
    this.recovered = from?.state ?? {
      hardState: EMPTY_HARD_STATE,
      snapshot: null,
      entries: [],
      peers: {},
    };
    this.#state = this.recovered;
  }

  reopened(): MemoryLog {
    return new MemoryLog(this.identity, { identity: this.identity, state: this.#state });
  }

  write(batch: LogBatch): Promise<void> {
    const entries = this.#state.entries as Entry[];
    const [first] = batch.entries;
    const kept =
      first === undefined || first.index > (entries.at(-1)?.index ?? 0)
        ? entries
        : entries.filter(({ index }) => index < first.index);
    // Grown in place: a copy for every batch would make long runs quadratic.
    const own = kept === this.recovered.entries ? [...kept] : kept;
    for (const entry of batch.entries) own.push(entry);
    this.#state = {
      hardState: batch.hardState ?? this.#state.hardState,
      snapshot: this.#state.snapshot,
      entries: own,
      peers: batch.peers ?? this.#state.peers,
    };
    return Promise.resolve();
  }

  checkpoint(state: LogState): Promise<void> {
    this.#state = { ...state, entries: [...state.entries] };
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
