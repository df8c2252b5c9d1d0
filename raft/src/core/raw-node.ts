/**
 * The core's front: tick, step, propose, then take what there is to do with `ready()`, do it, and say so with
 * `advance()` (or, with `asyncStorageWrites`, by stepping the responses of the storage messages).
 */
import { type ConfChange, encodeConfChange } from './conf-change.ts';
import type { CoreConfig } from './config.ts';
import { invariant, StepRefusedError } from './errors.ts';
import { RaftCore } from './raft-core.ts';
import { flushAppends } from './replication.ts';
import { applyConfChange, step, tick } from './step.ts';
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfState,
  EMPTY_HARD_STATE,
  type Entry,
  type EntryType,
  entriesSize,
  type HardState,
  isEmptyHardState,
  isLocalMessage,
  isResponseMessage,
  isStorageThread,
  type Message,
  message,
  type NodeId,
  type ReadState,
  type Role,
  type Snapshot,
  type SoftState,
  sameHardState,
} from './types.ts';

/**
 * Work for the shell. Persist first (hard state, snapshot, entries), then send, then apply. A membership change may be
 * applied only once a hard state whose commit index covers it is durable, `mustSync` or not.
 */
export interface Ready {
  /** Only when it changed. */
  readonly softState: SoftState | null;
  /** Only when it changed. */
  readonly hardState: HardState | null;
  readonly readStates: readonly ReadState[];
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  /** False when the writes of this Ready may be delayed: only the commit index moved. */
  readonly mustSync: boolean;
}

export class RawNode {
  readonly core: RaftCore;
  readonly #async: boolean;
  #softLead: NodeId;
  #softRole: Role;
  #hardState: HardState;
  #stepsOnAdvance: Message[] = [];

  constructor(config: CoreConfig) {
    this.core = new RaftCore(config);
    this.#async = this.core.config.asyncStorageWrites;
    this.#softLead = this.core.lead;
    this.#softRole = this.core.role;
    this.#hardState = this.core.hardState;
  }

  tick(): void {
    tick(this.core);
  }

  campaign(): void {
    step(this.core, message({ type: 'hup', from: this.core.id }));
  }

  /** Throws ProposalDroppedError. */
  propose(data: Uint8Array): void {
    this.#propose('normal', data);
  }

  /** `version` 1 marks a single change in the older entry type. Throws ProposalDroppedError. */
  proposeConfChange(change: ConfChange, version: 1 | 2 = 2): void {
    this.#propose(version === 1 ? 'conf-change' : 'conf-change-v2', encodeConfChange(change));
  }

  #propose(type: EntryType, data: Uint8Array): void {
    const entries = [{ index: 0, term: 0, type, data }];
    step(this.core, message({ type: 'propose', from: this.core.id, entries }));
  }

  /** To be called for every applied membership change, in order. Throws ConfChangeError. */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.core, change);
  }

  /** Takes a message from a peer or a storage thread. Throws StepRefusedError, ProposalDroppedError. */
  step(received: Message): void {
    const internal = isStorageThread(received.from);
    if (isLocalMessage(received.type) && !internal)
      throw new StepRefusedError('RAFT_LOCAL_MESSAGE');
    if (
      isResponseMessage(received.type) &&
      !internal &&
      !this.core.tracker.progress.has(received.from)
    ) {
      throw new StepRefusedError('RAFT_PEER_NOT_FOUND');
    }
    step(this.core, received);
  }

  /** Asks for a read; the answer comes as a ReadState with this number, or never when leadership is lost. */
  readIndex(readId: number): void {
    step(this.core, message({ type: 'read-index', from: this.core.id, readId }));
  }

  transferLeader(to: NodeId): void {
    step(this.core, message({ type: 'transfer-leader', from: to }));
  }

  /** The application knows that the leader is gone: allow votes at once. */
  forgetLeader(): void {
    step(this.core, message({ type: 'forget-leader', from: this.core.id }));
  }

  /**
   * The application's veto on standing for election; null lifts it. It never touches how this node votes, and a
   * leader that transfers leadership here overrides it.
   */
  setCampaignVeto(reason: string | null): void {
    this.core.campaignVeto = reason;
  }

  /** Which voters keep no data. A witness must be told of itself before it may count as a voter. */
  setWitnesses(ids: ReadonlySet<NodeId>): void {
    this.core.witnesses = ids;
  }

  reportUnreachable(id: NodeId): void {
    step(this.core, message({ type: 'unreachable', from: id }));
  }

  reportSnapshot(id: NodeId, succeeded: boolean): void {
    step(this.core, message({ type: 'snapshot-status', from: id, reject: !succeeded }));
  }

  #softChanged(): boolean {
    return this.core.lead !== this.#softLead || this.core.role !== this.#softRole;
  }

  #hardChanged(): boolean {
    const now = this.core.hardState;
    return !isEmptyHardState(now) && !sameHardState(now, this.#hardState);
  }

  hasReady(): boolean {
    const { core } = this;
    return (
      core.messages.length > 0 ||
      core.messagesAfterPersist.length > 0 ||
      core.log.unstable.hasNextEntries ||
      core.log.hasNextCommitted(!this.#async) ||
      core.readStates.length > 0 ||
      core.appendsDue ||
      core.commitDue ||
      core.log.unstable.nextSnapshot() !== null ||
      this.#softChanged() ||
      this.#hardChanged()
    );
  }

  /** Hands out the work there is. The caller must do all of it. */
  ready(): Ready {
    const { core } = this;
    flushAppends(core);
    const softState = this.#softChanged() ? { lead: core.lead, role: core.role } : null;
    const now = core.hardState;
    const hardState = this.#hardChanged() ? now : null;
    const entries = core.log.unstable.nextEntries();
    const committedEntries = core.log.nextCommitted(!this.#async);
    const snapshot = core.log.unstable.nextSnapshot();
    const before = this.#hardState;
    const mustSync = entries.length > 0 || now.vote !== before.vote || now.term !== before.term;
    const messages = [...core.messages];
    const work = { hardState, entries, snapshot, committedEntries };
    if (this.#async) this.#addStorageMessages(messages, work);
    else messages.push(...core.messagesAfterPersist.filter(({ to }) => to !== core.id));
    const { readStates } = core;
    this.#accept(work);
    if (softState !== null) {
      this.#softLead = softState.lead;
      this.#softRole = softState.role;
    }
    return { softState, readStates, ...work, messages, mustSync };
  }

  #addStorageMessages(
    messages: Message[],
    work: Pick<Ready, 'hardState' | 'entries' | 'snapshot' | 'committedEntries'>,
  ): void {
    const { core } = this;
    const { hardState, entries, snapshot, committedEntries } = work;
    const responses = [...core.messagesAfterPersist];
    if (
      entries.length > 0 ||
      hardState !== null ||
      snapshot !== null ||
      core.messagesAfterPersist.length > 0
    ) {
      const persisted = this.#appendResponse(snapshot);
      if (persisted !== null) responses.push(persisted);
      messages.push(
        message({
          type: 'storage-append',
          to: APPEND_THREAD,
          from: core.id,
          entries,
          ...(hardState ?? EMPTY_HARD_STATE),
          snapshot,
          responses,
        }),
      );
    }
    if (committedEntries.length > 0) {
      messages.push(
        message({
          type: 'storage-apply',
          to: APPLY_THREAD,
          from: core.id,
          entries: committedEntries,
          responses: [this.#applyResponse(committedEntries)],
        }),
      );
    }
  }

  /** Tells the core what became durable. It carries the term: a later leader may have replaced the entries. */
  #appendResponse(snapshot: Snapshot | null): Message | null {
    const { core } = this;
    const pending = core.log.unstable.entries.length > 0;
    if (!pending && snapshot === null) return null;
    const last = pending ? core.log.last() : { index: 0, term: 0 };
    return message({
      type: 'storage-append-response',
      to: core.id,
      from: APPEND_THREAD,
      term: core.term,
      index: last.index,
      logTerm: last.term,
      snapshot,
    });
  }

  #applyResponse(entries: readonly Entry[]): Message {
    const to = this.core.id;
    return message({ type: 'storage-apply-response', to, from: APPLY_THREAD, entries });
  }

  #accept(work: Pick<Ready, 'hardState' | 'snapshot' | 'committedEntries'>): void {
    const { core } = this;
    const { hardState, snapshot, committedEntries } = work;
    if (hardState !== null) this.#hardState = hardState;
    core.readStates = [];
    if (!this.#async) {
      invariant(this.#stepsOnAdvance.length === 0, 'advance() must be called before ready()');
      const own = core.messagesAfterPersist.filter(({ to }) => to === core.id);
      this.#stepsOnAdvance.push(...own);
      const persisted = this.#appendResponse(snapshot);
      if (persisted !== null) this.#stepsOnAdvance.push(persisted);
      if (committedEntries.length > 0) {
        this.#stepsOnAdvance.push(this.#applyResponse(committedEntries));
      }
    }
    core.messages = [];
    core.messagesAfterPersist = [];
    core.log.unstable.accept();
    const last = committedEntries.at(-1);
    if (last !== undefined) {
      core.log.acceptApplying(last.index, entriesSize(committedEntries), !this.#async);
    }
  }

  /** The work of the last Ready is done: persisted, sent and applied. Not for `asyncStorageWrites`. */
  advance(): void {
    invariant(!this.#async, 'with asyncStorageWrites the responses are stepped instead');
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    for (const one of steps) step(this.core, one);
  }
}
