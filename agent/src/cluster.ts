/** The cluster log as this agent has applied it: raft's state machine on one side, a watched value on the other. */
import type { Finding } from '@radondb/api';
import {
  applyEntry,
  type ClusterEntry,
  type ClusterState,
  EMPTY_CLUSTER,
} from './core/cluster-log.ts';
import { decodeEntry, decodeState, encodeEntry, encodeState } from './core/entry-codec.ts';
import type { Clock, Logger, RaftNode } from './ports.ts';

/** What became of an entry when it was applied. */
export interface EntryResult {
  readonly applied: boolean;
  readonly reason: string | null;
}

export class Cluster {
  #state: ClusterState = EMPTY_CLUSTER;
  #phaseSinceMs: number;
  #unopened = 0;
  #caughtUp = false;
  #raft: RaftNode | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(deps: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#phaseSinceMs = deps.clock.monotonicMs();
  }

  /** For `Raft.open`: synchronous, in order, the same on every member. */
  readonly stateMachine = {
    apply: (entry: {
      readonly index: number;
      readonly term: number;
      readonly data: Uint8Array;
    }): EntryResult => this.#apply(decodeEntry(entry.data)),
    snapshot: (): Uint8Array => encodeState(this.#state),
    restore: (data: Uint8Array): void => this.#become(decodeState(data)),
  };

  attach(raft: RaftNode): void {
    this.#raft = raft;
  }

  get state(): ClusterState {
    return this.#state;
  }

  get phaseForMs(): number {
    return this.#clock.monotonicMs() - this.#phaseSinceMs;
  }

  /** Epochs begun since the last one that opened. */
  get unopenedEpochs(): number {
    return this.#unopened;
  }

  /** False until the log has caught up with a leader's commit after this start (X7, X8). */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  markCaughtUp(): void {
    this.#caughtUp = true;
    this.#notify();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the entry was applied here, applied or refused. Rejects when its fate is unknown: look at `state` again. */
  async propose(
    entry: ClusterEntry,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<EntryResult> {
    if (this.#raft === null) throw new Error('the raft node is not open yet');
    const { result } = await this.#raft.propose(encodeEntry(entry), options);
    return result as EntryResult;
  }

  /** Resolves when `holds` is true of the state; rejects when the signal aborts. */
  async until(holds: (state: ClusterState) => boolean, signal: AbortSignal): Promise<ClusterState> {
    if (holds(this.#state)) return this.#state;
    signal.throwIfAborted();
    return await new Promise<ClusterState>((resolve, reject) => {
      const stop = this.subscribe(() => {
        if (!holds(this.#state)) return;
        finish();
        resolve(this.#state);
      });
      const onAbort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const finish = (): void => {
        stop();
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #apply(entry: ClusterEntry): EntryResult {
    const result = applyEntry(this.#state, entry);
    if (!result.applied) {
      this.#log.debug({ entry: entry.kind, reason: result.reason }, 'cluster log: entry refused');
      return { applied: false, reason: result.reason };
    }
    this.#log.info(describe(entry), `cluster log: ${entry.kind}`);
    this.#become(result.state);
    return { applied: true, reason: null };
  }

  #become(next: ClusterState): void {
    const before = this.#state;
    this.#state = next;
    if (before.phase !== next.phase || before.epoch !== next.epoch)
      this.#phaseSinceMs = this.#clock.monotonicMs();
    if (next.epoch > before.epoch) this.#unopened += 1;
    if (next.phase === 'open') this.#unopened = 0;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function describe(entry: ClusterEntry): object {
  switch (entry.kind) {
    case 'found':
      return { voters: entry.voters };
    case 'revoke':
      return { epoch: entry.epoch, cause: entry.cause };
    case 'elect':
      return { epoch: entry.epoch, primary: entry.primary, base: entry.base };
    case 'open':
      return { epoch: entry.epoch, barrier: entry.barrier };
    case 'members':
      return { version: entry.version, voters: entry.voters, w: entry.w };
    default:
      return {};
  }
}

/** A condition that the agent reports until it no longer holds. */
export type Findings = Map<string, Finding>;
