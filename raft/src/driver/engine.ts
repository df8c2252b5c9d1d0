/** Puts a node together: the core, what it reads and writes, and the order in which events become work. */
import { isJoint } from '../core/membership.ts';
import { RawNode } from '../core/raw-node.ts';
import type { MemoryStorage } from '../core/storage.ts';
import { APPEND_THREAD, APPLY_THREAD, type Message, NONE, type NodeId } from '../core/types.ts';
import type { Clock, LogStore, Transport } from '../ports.ts';
import { keyOf } from './admission.ts';
import { Applier } from './applier.ts';
import { Calls } from './calls.ts';
import { CampaignVeto } from './campaign-veto.ts';
import { type RaftConfig, resolveRaftConfig } from './config.ts';
import { DiskWatch } from './disk-watch.ts';
import { coreConfigOf, type EngineOptions, tickLength } from './engine-options.ts';
import { AmbiguousError, ClosedError, FatalError } from './errors.ts';
import { EventBus } from './event-bus.ts';
import type { RaftStatus } from './events.ts';
import { FastFailover } from './fast-failover.ts';
import { LeaderLease } from './leader-lease.ts';
import { Messages } from './messages.ts';
import { PeerPins } from './peer-pins.ts';
import { Persister } from './persister.ts';
import type { ProposalKey } from './proposal.ts';
import { type LogPlace, Proposals } from './proposals.ts';
import { Reads } from './reads.ts';
import { Replica } from './replica.ts';
import { SnapshotSender } from './snapshot-sender.ts';
import { SnapshotTimeouts } from './snapshot-timeouts.ts';
import { startStorage } from './start.ts';
import { statusOf } from './status.ts';
import { systemClock } from './system-clock.ts';
import { Turn } from './turn.ts';

/** Of priority missing: a node of priority 0 leaves the others a quarter of a second. */
const HANDICAP_MS_PER_POINT = 2.5;

export class Engine {
  readonly config: RaftConfig;
  readonly clock: Clock;
  readonly failed: Promise<FatalError>;
  readonly bus = new EventBus();
  readonly calls: Calls;
  readonly #log: LogStore;
  readonly #transport: Transport;
  readonly #storage: MemoryStorage;
  readonly #node: RawNode;
  readonly #turn: Turn;
  readonly #persister: Persister;
  readonly #replica: Replica;
  readonly #applier: Applier;
  readonly #messages: Messages;
  readonly #proposals: Proposals;
  readonly #reads: Reads;
  readonly #lease: LeaderLease;
  readonly #pins: PeerPins;
  readonly #failover: FastFailover;
  readonly #snapshotTimeouts: SnapshotTimeouts;
  readonly #sender: SnapshotSender;
  readonly #diskWatch: DiskWatch;
  readonly #veto: CampaignVeto;
  readonly #up = new Set<NodeId>();
  #reportFailure: (error: FatalError) => void = () => undefined;
  #failure: FatalError | null = null;
  #closing: Promise<void> | null = null;
  #cancelTick: (() => void) | null = null;
  #snapshotAsked = 0;
  #seen: { role: string; term: number; lead: NodeId };

  private constructor(options: EngineOptions, config: RaftConfig, storage: MemoryStorage) {
    this.config = config;
    this.clock = options.clock ?? systemClock;
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    this.#log = options.log;
    this.#transport = options.transport;
    this.#storage = storage;
    this.#proposals = new Proposals(this.clock, options.id, config.electionTimeoutMs[1]);
    this.#reads = new Reads(this.clock);
    this.#lease = new LeaderLease(config, this.clock);
    this.#snapshotTimeouts = new SnapshotTimeouts(config.snapshotTimeoutMs);
    this.#diskWatch = new DiskWatch(config.diskStallMs);
    this.#sender = new SnapshotSender({
      partBytes: config.snapshotPartBytes,
      now: () => this.clock.now(),
      send: (part) => options.transport.send(part),
      onProgress: (to) => this.#snapshotTimeouts.progressed(to, this.clock.now()),
    });
    this.#turn = new Turn({
      stopped: () => this.#stopped,
      pump: () => this.#pump(),
      fail: (error) => this.#fail(error),
    });
    this.#node = new RawNode(coreConfigOf(options, config, storage));
    this.#veto = new CampaignVeto(this.clock, (reason) => this.#node.setCampaignVeto(reason));
    this.#replica = new Replica(options.stateMachine, this.#proposals, {
      onMembership: (change) => {
        for (const { op, id } of change.changes) this.#pins.membershipChanged(op, id);
        this.#membershipChanged();
      },
    });
    this.#restore(storage);
    this.#persister = this.#newPersister(options.log);
    this.#pins = new PeerPins(options.log.recovered.peers, (peers) =>
      this.#persister.setPeers(peers),
    );
    this.#failover = this.#newFailover(options.random ?? Math.random);
    const shared = {
      ...{ node: this.#node, replica: this.#replica, proposals: this.#proposals },
      ...{ reads: this.#reads, run: (change: () => void) => this.#turn.run(change) },
    };
    this.#applier = new Applier({
      ...{ ...shared, persister: this.#persister },
      onApplied: (index) => this.bus.emit({ type: 'applied', index }),
    });
    this.#messages = new Messages({
      ...{ ...shared, transport: options.transport, promotionMaxLag: config.promotionMaxLag },
      sender: this.#sender,
      onVoteGranted: () => this.#failover.yield(),
    });
    this.calls = new Calls({
      ...{ ...shared, config, clock: this.clock, lease: this.#lease, bus: this.bus },
      messages: this.#messages,
      veto: this.#veto,
      unavailable: () => this.#unavailable(),
    });
    this.#seen = { role: '', term: 0, lead: NONE };
  }

  #restore(storage: MemoryStorage): void {
    const snapshot = storage.snapshot();
    if (snapshot !== null && snapshot.index > 0) this.#replica.restore(snapshot);
    this.#snapshotAsked = storage.snapshotIndex;
    // A follower that needs one is given the present state, not an old one.
    storage.setSnapshotSource(
      () => this.#sender.resumable(this.#node) ?? this.#replica.snapshot(this.#node),
    );
  }

  #newPersister(log: LogStore): Persister {
    return new Persister(log, this.#storage, {
      onDurable: (work) => this.#onDurable(work),
      onSnapshot: (installed) => {
        this.#replica.restore(installed);
        this.#snapshotAsked = installed.index;
        this.#membershipChanged();
      },
      onFailure: (error) => this.#fail(error),
    });
  }

  #newFailover(random: () => number): FastFailover {
    return new FastFailover({
      clock: this.clock,
      jitterMs: this.config.fastFailoverJitterMs,
      handicapMs: (100 - this.config.priority) * HANDICAP_MS_PER_POINT,
      random,
      leaderKnown: () => this.#node.core.lead !== NONE || this.#stopped,
      campaign: () => this.#turn.run(() => this.#node.campaign()),
    });
  }

  static async start(options: EngineOptions): Promise<Engine> {
    const config = resolveRaftConfig(options.config);
    const storage = await startStorage(options.log, options.bootstrap?.members);
    const engine = new Engine(options, config, storage);
    await options.transport.start(options.log.identity, {
      onMessage: (received) => engine.#turn.run(() => engine.#messages.receive(received)),
      onPeerConnected: (id) => engine.#peerConnected(id),
      onPeerDisconnected: (id) => engine.#peerDisconnected(id),
      acceptPeer: (id, incarnation) => engine.#acceptPeer(id, incarnation),
    });
    engine.#membershipChanged();
    engine.#scheduleTick();
    engine.#turn.run(() => undefined);
    return engine;
  }

  get #stopped(): boolean {
    return this.#failure !== null || this.#closing !== null;
  }

  #unavailable(): Error | null {
    if (this.#failure !== null) return this.#failure;
    return this.#closing === null ? null : new ClosedError();
  }

  #scheduleTick(): void {
    // One tick a timer, however late it fires: after a stall the messages that came meanwhile are read first,
    // and a node that slept does not take its own sleep for the leader's.
    this.#cancelTick = this.clock.after(tickLength(this.config), () => {
      this.#scheduleTick();
      this.#turn.run(() => {
        this.#node.tick();
        this.#snapshotTimeouts.check(this.#node, this.clock.now());
        this.#sender.check(this.#node);
        this.#diskWatch.check(this.#node, this.#persister, this.clock.now());
      });
    });
  }

  #acceptPeer(id: NodeId, incarnation: string): boolean {
    if (this.#stopped) return false;
    if (this.#pins.accept(id, incarnation)) return true;
    this.bus.emit({ type: 'peer-refused', id, incarnation });
    return false;
  }

  #peerConnected(id: NodeId): void {
    if (this.#stopped) return;
    this.#up.add(id);
    this.bus.emit({ type: 'peer', id, connected: true });
  }

  #peerDisconnected(id: NodeId): void {
    if (this.#stopped) return;
    if (this.#up.delete(id)) this.bus.emit({ type: 'peer', id, connected: false });
    this.#turn.run(() => {
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

  #pump(): void {
    while (this.#node.hasReady()) {
      const ready = this.#node.ready();
      for (const outgoing of ready.messages) this.#dispatch(outgoing);
      for (const { readId, index } of ready.readStates) {
        const startedAt = this.#reads.confirmed(readId, index, this.#replica.appliedIndex);
        if (startedAt !== null) this.#lease.renew(startedAt);
      }
      if (this.#stopped) return;
    }
    this.#reads.appliedTo(this.#replica.appliedIndex);
    this.#noticeLeadership();
    this.#considerSnapshot();
  }

  #dispatch(outgoing: Message): void {
    if (outgoing.to === APPEND_THREAD) this.#persister.append(outgoing);
    else if (outgoing.to === APPLY_THREAD) this.#applier.add(outgoing);
    else if (outgoing.to === this.#node.core.id)
      this.#turn.run(() => this.#messages.receive(outgoing));
    else this.#messages.send(outgoing);
  }

  #onDurable(work: Message): void {
    this.#turn.run(() => {
      for (const response of work.responses) {
        if (response.to === this.#node.core.id) this.#node.step(response);
        else this.#messages.send(response);
      }
    });
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
    this.#node.setWitnesses(this.#replica.members.witnesses);
    const { membership } = this.#node.core.tracker;
    const members = this.#replica.members.list(membership);
    this.bus.emit({ type: 'membership', members, joint: isJoint(membership) });
  }

  #noticeLeadership(): void {
    const { role, term, lead } = this.#node.core;
    const before = this.#seen;
    if (role === before.role && term === before.term && lead === before.lead) return;
    this.#seen = { role, term, lead };
    if (this.#proposals.count > 0) this.#proposals.leaderIs(lead, term, this.#unappliedProposals());
    this.#reads.leaderIs(lead, term);
    if (lead !== NONE) this.#failover.stop();
    if (role !== 'leader') this.#lease.end();
    this.bus.emit({ type: 'leadership', role, term, leader: lead === NONE ? null : lead });
  }

  #unappliedProposals(): [ProposalKey, LogPlace][] {
    const { log } = this.#node.core;
    const from = Math.max(this.#replica.appliedIndex + 1, log.firstIndex());
    const tail = log.slice(from, log.lastIndex() + 1, Number.POSITIVE_INFINITY) ?? [];
    return tail.flatMap((entry): [ProposalKey, LogPlace][] => {
      const key = keyOf(entry);
      return key === null ? [] : [[key, entry.index <= log.committed ? 'committed' : 'appended']];
    });
  }

  /** The end: nothing is sent, written or applied any more, for none of it could be trusted. */
  #fail(cause: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = new FatalError(cause);
    this.#halt();
    this.#proposals.rejectAll(this.#failure);
    this.#reads.rejectAll(this.#failure);
    this.bus.emit({ type: 'fatal', error: this.#failure });
    this.#reportFailure(this.#failure);
    // Peers must see at once that this node is gone.
    void this.#transport.close().catch(() => undefined);
  }

  #halt(): void {
    this.#cancelTick?.();
    this.#failover.stop();
    this.#veto.stop();
    if (this.#failure !== null) this.#persister.kill();
  }

  status(): RaftStatus {
    return statusOf({
      ...{ node: this.#node, replica: this.#replica, storage: this.#storage },
      ...{ transport: this.#transport, log: this.#log, proposals: this.#proposals },
    });
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
