/** Turns the core's `ready` into work and the world's events into steps. Everything here runs to its end at once. */
import { encodeConfChange, isConfChangeType } from '../core/conf-change.ts';
import { StepRefusedError } from '../core/errors.ts';
import { isJoint } from '../core/membership.ts';
import { RawNode } from '../core/raw-node.ts';
import type { MemoryStorage } from '../core/storage.ts';
import type { TraceSink } from '../core/trace.ts';
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type Entry,
  type EntryType,
  type Message,
  message,
  NONE,
  type NodeId,
} from '../core/types.ts';
import type { Clock, LogStore, StateMachine, Transport } from '../ports.ts';
import { admit, keyOf, refusalError, refusalMessage, refusalOf } from './admission.ts';
import { Call, type CallOptions } from './call.ts';
import { type RaftConfig, resolveRaftConfig } from './config.ts';
import {
  AmbiguousError,
  ClosedError,
  FatalError,
  MembershipError,
  NotLeaderError,
  OverloadedError,
  TimeoutError,
} from './errors.ts';
import type { RaftEvent, RaftStatus } from './events.ts';
import { FastFailover } from './fast-failover.ts';
import { encodeChange, type MemberSpec, type MembershipChange } from './members.ts';
import { PeerPins } from './peer-pins.ts';
import { Persister } from './persister.ts';
import { encodeProposal } from './proposal.ts';
import { type ProposalOutcome, Proposals } from './proposals.ts';
import { type ReadOutcome, Reads } from './reads.ts';
import { Replica } from './replica.ts';
import { startStorage } from './start.ts';
import { systemClock } from './system-clock.ts';

export interface EngineOptions {
  /** A positive safe integer; never used again for another disk. */
  readonly id: NodeId;
  /** Of this cluster only: the log and every connection carry it. */
  readonly clusterId: string;
  readonly log: LogStore;
  readonly transport: Transport;
  readonly stateMachine: StateMachine;
  /**
   * The initial members, the same on each of them. Looked at only when the log is empty. A node with an empty log
   * and without this waits until a leader adds it.
   */
  readonly bootstrap?: { readonly members: readonly MemberSpec[] };
  readonly config?: Partial<RaftConfig>;
  /** @default real time */
  readonly clock?: Clock;
  /** 0 ≤ n < 1; spreads elections. @default Math.random */
  readonly random?: () => number;
  /** Structured events of the core, for logs and debugging. */
  readonly onTrace?: TraceSink;
}

export class Engine {
  readonly config: RaftConfig;
  readonly clock: Clock;
  readonly failed: Promise<FatalError>;
  readonly #id: NodeId;
  readonly #log: LogStore;
  readonly #transport: Transport;
  readonly #storage: MemoryStorage;
  readonly #node: RawNode;
  readonly #persister: Persister;
  readonly #replica: Replica;
  readonly #proposals: Proposals;
  readonly #reads: Reads;
  readonly #pins: PeerPins;
  readonly #failover: FastFailover;
  readonly #listeners = new Set<(event: RaftEvent) => void>();
  readonly #up = new Set<NodeId>();
  readonly #snapshotSince = new Map<NodeId, number>();
  readonly #toApply: Message[] = [];
  readonly #tickMs: number;
  #reportFailure: (error: FatalError) => void = () => undefined;
  #failure: FatalError | null = null;
  #closing: Promise<void> | null = null;
  #scheduled = false;
  #cancelTick: (() => void) | null = null;
  #leaseFrom = Number.NEGATIVE_INFINITY;
  #snapshotAsked = 0;
  #seen: { role: string; term: number; lead: NodeId };

  private constructor(options: EngineOptions, config: RaftConfig, storage: MemoryStorage) {
    this.config = config;
    this.clock = options.clock ?? systemClock;
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    this.#id = options.id;
    this.#log = options.log;
    this.#transport = options.transport;
    this.#storage = storage;
    this.#proposals = new Proposals(this.clock, options.id);
    this.#reads = new Reads(this.clock);
    const random = options.random ?? Math.random;
    this.#tickMs = Math.max(1, config.heartbeatIntervalMs / 5);
    this.#node = new RawNode(this.#coreConfig(options, random));
    this.#replica = new Replica(options.stateMachine, this.#proposals, {
      onMembership: (change) => {
        for (const { op, id } of change.changes) this.#pins.membershipChanged(op, id);
        this.#membershipChanged();
      },
    });
    const snapshot = storage.snapshot();
    if (snapshot !== null && snapshot.index > 0) this.#replica.restore(snapshot);
    this.#snapshotAsked = storage.snapshotIndex;
    // A follower that needs one is given the present state, not an old one.
    storage.setSnapshotSource(() => this.#replica.snapshot(this.#node));
    this.#persister = new Persister(options.log, storage, {
      onDurable: (work) => this.#onDurable(work),
      onSnapshot: (installed) => {
        this.#replica.restore(installed);
        this.#snapshotAsked = installed.index;
        this.#membershipChanged();
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#pins = new PeerPins(options.log.recovered.peers, (peers) =>
      this.#persister.setPeers(peers),
    );
    this.#failover = new FastFailover({
      clock: this.clock,
      jitterMs: config.fastFailoverJitterMs,
      random,
      leaderKnown: () => this.#node.core.lead !== NONE || this.#stopped,
      campaign: () => this.#run(() => this.#node.campaign()),
    });
    this.#seen = { role: '', term: 0, lead: NONE };
  }

  #coreConfig(
    options: EngineOptions,
    random: () => number,
  ): ConstructorParameters<typeof RawNode>[0] {
    const { config } = this;
    const ticks = (ms: number): number => Math.max(1, Math.round(ms / this.#tickMs));
    const [min, max] = config.electionTimeoutMs;
    const spread = ticks(max) - ticks(min) + 1;
    return {
      id: options.id,
      storage: this.#storage,
      // The core draws below one election timeout; the range configured here may be narrower.
      random: () => Math.floor(random() * spread),
      electionTicks: ticks(min),
      heartbeatTicks: ticks(config.heartbeatIntervalMs),
      preVote: config.preVote,
      checkQuorum: config.checkQuorum,
      asyncStorageWrites: true,
      maxAppendBytes: config.maxAppendBytes,
      maxInflight: config.maxInflight,
      maxInflightBytes: config.maxInflightBytes,
      maxUncommittedBytes: config.maxUncommittedBytes,
      handOverOnRemoval: true,
      sendPolicy: 'batched',
      ...(options.onTrace === undefined ? {} : { trace: options.onTrace }),
    };
  }

  static async start(options: EngineOptions): Promise<Engine> {
    const config = resolveRaftConfig(options.config);
    const storage = await startStorage(options.log, options.bootstrap?.members);
    const engine = new Engine(options, config, storage);
    await options.transport.start(options.log.identity, {
      onMessage: (received) => engine.#run(() => engine.#receive(received)),
      onPeerConnected: (id) => engine.#peerConnected(id),
      onPeerDisconnected: (id) => engine.#peerDisconnected(id),
      acceptPeer: (id, incarnation) => engine.#acceptPeer(id, incarnation),
    });
    engine.#membershipChanged();
    engine.#scheduleTick();
    engine.#run(() => undefined);
    return engine;
  }

  get #stopped(): boolean {
    return this.#failure !== null || this.#closing !== null;
  }

  // --- events in -------------------------------------------------------------------------------------------------

  /** Runs a change of the core and sees to its consequences soon; an unexpected error stops the node. */
  #run(change: () => void): void {
    if (this.#stopped) return;
    try {
      change();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#schedule();
  }

  /** Events of one turn of the event loop are answered together: that is where batches come from. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#stopped) return;
      try {
        this.#pump();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #scheduleTick(): void {
    // One tick a timer, however late it fires: after a stall the messages that came meanwhile are read first,
    // and a node that slept does not take its own sleep for the leader's.
    this.#cancelTick = this.clock.after(this.#tickMs, () => {
      this.#scheduleTick();
      this.#run(() => {
        this.#node.tick();
        this.#checkSnapshots();
      });
    });
  }

  /** A snapshot or its answer may be lost without the connection breaking; the core would wait for ever. */
  #checkSnapshots(): void {
    const now = this.clock.now();
    for (const [id, { state }] of this.#node.core.tracker.progress) {
      const since = this.#snapshotSince.get(id);
      if (state !== 'snapshot') this.#snapshotSince.delete(id);
      else if (since === undefined) this.#snapshotSince.set(id, now);
      else if (now - since > this.config.snapshotTimeoutMs) {
        this.#snapshotSince.delete(id);
        this.#node.reportSnapshot(id, false);
      }
    }
  }

  #receive(received: Message): void {
    if (received.type === 'propose') {
      this.#receiveProposal(received);
      return;
    }
    try {
      this.#node.step(received);
    } catch (error) {
      // Late answers of a node that was removed are nothing to worry about.
      if (!(error instanceof StepRefusedError)) throw error;
    }
  }

  #receiveProposal(received: Message): void {
    if (received.reject) {
      const { lead } = this.#node.core;
      const error = refusalError(refusalOf(received), lead === NONE ? null : lead);
      for (const entry of received.entries) {
        const key = keyOf(entry);
        if (key !== null) this.#proposals.refused(key, error);
      }
      return;
    }
    const refusal = this.#admit(received);
    if (refusal !== null) {
      this.#transport.send({ ...refusalMessage(received, refusal), from: this.#id });
    }
  }

  #admit(received: Message): ReturnType<typeof admit> {
    const { promotionMaxLag } = this.config;
    return admit(this.#node, received, { promotionMaxLag, table: this.#replica.members });
  }

  #acceptPeer(id: NodeId, incarnation: string): boolean {
    if (this.#stopped) return false;
    if (this.#pins.accept(id, incarnation)) return true;
    this.#emit({ type: 'peer-refused', id, incarnation });
    return false;
  }

  #peerConnected(id: NodeId): void {
    if (this.#stopped) return;
    this.#up.add(id);
    this.#emit({ type: 'peer', id, connected: true });
  }

  #peerDisconnected(id: NodeId): void {
    if (this.#stopped) return;
    if (this.#up.delete(id)) this.#emit({ type: 'peer', id, connected: false });
    this.#run(() => {
      const { core } = this.#node;
      if (core.role === 'leader') {
        this.#node.reportUnreachable(id);
        this.#node.reportSnapshot(id, false);
      } else if (core.lead === id && this.config.fastFailover) {
        this.#node.forgetLeader();
        this.#failover.start();
      }
    });
  }

  // --- work out --------------------------------------------------------------------------------------------------

  #pump(): void {
    while (this.#node.hasReady()) {
      const ready = this.#node.ready();
      for (const outgoing of ready.messages) this.#dispatch(outgoing);
      for (const { readId, index } of ready.readStates) {
        const startedAt = this.#reads.confirmed(readId, index, this.#replica.appliedIndex);
        if (startedAt !== null) this.#leaseFrom = Math.max(this.#leaseFrom, startedAt);
      }
      if (this.#stopped) return;
    }
    this.#reads.appliedTo(this.#replica.appliedIndex);
    this.#noticeLeadership();
    this.#considerSnapshot();
  }

  #dispatch(outgoing: Message): void {
    if (outgoing.to === APPEND_THREAD) this.#persister.append(outgoing);
    else if (outgoing.to === APPLY_THREAD) this.#apply(outgoing);
    else if (outgoing.to === this.#id) this.#run(() => this.#receive(outgoing));
    else this.#sendOut(outgoing);
  }

  #sendOut(outgoing: Message): void {
    const { type, reject } = outgoing;
    if ((type === 'pre-vote-response' || type === 'vote-response') && !reject)
      this.#failover.yield();
    if (this.#transport.send(outgoing)) return;
    // The message is lost at once: whoever waits for it hears of that now and not at a timeout.
    if (outgoing.type === 'propose') {
      for (const entry of outgoing.entries) {
        const key = keyOf(entry);
        if (key !== null) this.#proposals.refused(key, new NotLeaderError(null));
      }
    } else if (outgoing.type === 'read-index') {
      this.#reads.refuse(outgoing.readId, new NotLeaderError(null));
    } else if (outgoing.type === 'append') {
      this.#run(() => this.#node.reportUnreachable(outgoing.to));
    } else if (outgoing.type === 'snapshot') {
      this.#run(() => this.#node.reportSnapshot(outgoing.to, false));
    }
  }

  #onDurable(work: Message): void {
    this.#run(() => {
      for (const response of work.responses) {
        if (response.to === this.#id) this.#node.step(response);
        else this.#sendOut(response);
      }
    });
  }

  #apply(work: Message): void {
    this.#toApply.push(work);
    if (this.#toApply.length === 1) this.#applyNext();
  }

  /**
   * A membership is acted on only once the commit index behind it is durable. Otherwise a restart would take the
   * node back to a membership of old, in which it might be a majority by itself.
   */
  #applyNext(): void {
    for (let work = this.#toApply[0]; work !== undefined; work = this.#toApply[0]) {
      const change = work.entries.findLast(({ type }) => isConfChangeType(type));
      if (change !== undefined && change.index > this.#persister.durableCommit) {
        this.#persister.syncCommit(() => this.#run(() => this.#applyNext()));
        return;
      }
      this.#toApply.shift();
      for (const entry of work.entries) this.#replica.apply(this.#node, entry);
      for (const response of work.responses) this.#node.step(response);
      this.#emit({ type: 'applied', index: this.#replica.appliedIndex });
    }
  }

  #considerSnapshot(): void {
    const { appliedIndex } = this.#replica;
    if (appliedIndex - this.#snapshotAsked < this.config.snapshotEveryEntries) return;
    const snapshot = this.#replica.snapshot(this.#node);
    if (snapshot === null) return;
    this.#snapshotAsked = appliedIndex;
    this.#persister.compact(snapshot, this.config.keepEntries);
  }

  #membershipChanged(): void {
    this.#transport.setPeers(this.#replica.members.addresses());
    const { membership } = this.#node.core.tracker;
    const members = this.#replica.members.list(membership);
    this.#emit({ type: 'membership', members, joint: isJoint(membership) });
  }

  #noticeLeadership(): void {
    const { role, term, lead } = this.#node.core;
    const before = this.#seen;
    if (role === before.role && term === before.term && lead === before.lead) return;
    this.#seen = { role, term, lead };
    this.#proposals.leaderIs(lead, term);
    this.#reads.leaderIs(lead, term);
    if (lead !== NONE) this.#failover.stop();
    if (role !== 'leader') this.#leaseFrom = Number.NEGATIVE_INFINITY;
    this.#emit({ type: 'leadership', role, term, leader: lead === NONE ? null : lead });
  }

  #emit(event: RaftEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The end: nothing is sent, written or applied any more, for none of it could be trusted. */
  #fail(cause: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = new FatalError(cause);
    this.#halt();
    this.#proposals.rejectAll(this.#failure);
    this.#reads.rejectAll(this.#failure);
    this.#emit({ type: 'fatal', error: this.#failure });
    this.#reportFailure(this.#failure);
    // Peers must see at once that this node is gone.
    void this.#transport.close().catch(() => undefined);
  }

  #halt(): void {
    this.#cancelTick?.();
    this.#failover.stop();
    if (this.#failure !== null) this.#persister.kill();
  }

  // --- calls -----------------------------------------------------------------------------------------------------

  #timeout(options: CallOptions): CallOptions & { readonly timeoutMs: number } {
    return { ...options, timeoutMs: options.timeoutMs ?? this.config.defaultTimeoutMs };
  }

  /** Why no call can be taken now. */
  #unavailable(): Error | null {
    if (this.#failure !== null) return this.#failure;
    return this.#closing === null ? null : new ClosedError();
  }

  propose(data: Uint8Array, options: CallOptions): Promise<ProposalOutcome> {
    return this.#propose('normal', options, (key) => encodeProposal(key, data));
  }

  async proposeChange(changes: readonly MembershipChange[], options: CallOptions): Promise<void> {
    if (changes.length === 0) throw new MembershipError('invalid');
    await this.#propose('conf-change-v2', options, (key) =>
      encodeConfChange(encodeChange(changes, key, this.#replica.members.records)),
    );
  }

  async #propose(
    type: EntryType,
    options: CallOptions,
    encode: (key: Parameters<typeof encodeProposal>[0]) => Uint8Array,
  ): Promise<ProposalOutcome> {
    options.signal?.throwIfAborted();
    const unavailable = this.#unavailable();
    if (unavailable !== null) throw unavailable;
    const { lead: leader, term } = this.#node.core;
    if (leader === NONE) throw new NotLeaderError(null);
    if (this.#proposals.count >= this.config.maxPendingProposals) {
      throw new OverloadedError(`${this.#proposals.count} proposals wait on this node`);
    }
    const { key, call } = this.#proposals.open({ leader, term }, this.#timeout(options));
    const entry: Entry = { index: 0, term: 0, type, data: encode(key) };
    const proposal = message({ type: 'propose', from: this.#id, entries: [entry] });
    this.#run(() => {
      if (leader !== this.#id) {
        this.#node.step(proposal);
        return;
      }
      const refusal = this.#admit(proposal);
      if (refusal !== null) call.reject(refusalError(refusal, leader));
    });
    return call.promise;
  }

  async read(
    consistency: 'read-index' | 'lease' | 'stale',
    options: CallOptions,
  ): Promise<ReadOutcome> {
    options.signal?.throwIfAborted();
    const unavailable = this.#unavailable();
    if (unavailable !== null) throw unavailable;
    const { core } = this.#node;
    const applied = this.#replica.appliedIndex;
    if (consistency === 'stale') return { index: applied };
    if (consistency === 'lease' && this.#hasLease() && applied >= core.log.committed) {
      return { index: applied };
    }
    if (core.lead === NONE) throw new NotLeaderError(null);
    const sentTo = { leader: core.lead, term: core.term };
    const { readId, call } = this.#reads.open(sentTo, this.#timeout(options));
    this.#run(() => this.#node.readIndex(readId));
    return call.promise;
  }

  /** Whether nobody else can be leader now. The clock is read here, after any stall, and nothing waits behind it. */
  #hasLease(): boolean {
    const { core } = this.#node;
    if (!this.config.leaseReads || core.role !== 'leader' || core.leadTransferee !== NONE)
      return false;
    if (!core.committedInCurrentTerm()) return false;
    const lasts = this.config.electionTimeoutMs[0] * this.config.leaseFraction;
    return this.clock.now() - this.#leaseFrom < lasts;
  }

  async transferLeadership(to: NodeId, options: CallOptions): Promise<void> {
    const unavailable = this.#unavailable();
    if (unavailable !== null) throw unavailable;
    const { core } = this.#node;
    if (core.role !== 'leader') throw new NotLeaderError(core.lead === NONE ? null : core.lead);
    if (to === this.#id) return;
    if (!core.tracker.voterIds.includes(to)) throw new MembershipError('invalid');
    const call = new Call<void>(this.clock, this.#timeout(options), {
      timedOut: () => new TimeoutError('the transfer of leadership'),
      aborted: (reason) => new AmbiguousError('aborted', reason),
    });
    const stop = this.watch((event) => {
      if (event.type === 'fatal') call.reject(event.error);
      if (event.type !== 'leadership' || event.leader === null) return;
      if (event.leader === to) call.resolve();
      else if (event.leader !== this.#id) call.reject(new NotLeaderError(event.leader));
    });
    call.finally(stop);
    // The transferee is excused from respecting the lease, so the lease is over.
    this.#leaseFrom = Number.NEGATIVE_INFINITY;
    this.#run(() => this.#node.transferLeader(to));
    return call.promise;
  }

  campaign(): Promise<void> {
    const unavailable = this.#unavailable();
    if (unavailable !== null) return Promise.reject(unavailable);
    this.#run(() => this.#node.campaign());
    return Promise.resolve();
  }

  watch(listener: (event: RaftEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): RaftStatus {
    const { core } = this.#node;
    const { membership, progress } = core.tracker;
    const members = this.#replica.members.list(membership);
    return {
      id: this.#id,
      role: core.role,
      term: core.term,
      leader: core.lead === NONE ? null : core.lead,
      commitIndex: core.log.committed,
      appliedIndex: this.#replica.appliedIndex,
      firstIndex: core.log.firstIndex(),
      lastIndex: core.log.lastIndex(),
      snapshotIndex: this.#storage.snapshotIndex,
      members,
      joint: isJoint(membership),
      peers: members
        .filter(({ id }) => id !== this.#id)
        .map(({ id }) => {
          const match = core.role === 'leader' ? progress.get(id)?.match : undefined;
          return { id, ...this.#transport.peer(id), ...(match === undefined ? {} : { match }) };
        }),
      fsync: this.#log.fsync,
      pendingProposals: this.#proposals.count,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#halt();
    this.#proposals.rejectAll(new AmbiguousError('closed'));
    this.#reads.rejectAll(new ClosedError());
    await this.#transport.close();
    await this.#persister.stop();
    await this.#log.close();
  }
}
