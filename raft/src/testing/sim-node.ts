/** One simulated process: the real core, a disk that outlives it, and a state machine that is a hash. */
import { type ConfChange, confChangeOf, isConfChangeType } from '../core/conf-change.ts';
import type { PlantedBug } from '../core/config.ts';
import { ConfChangeError, ProposalDroppedError, StepRefusedError } from '../core/errors.ts';
import { toConfState } from '../core/membership.ts';
import { RawNode } from '../core/raw-node.ts';
import { MemoryStorage } from '../core/storage.ts';
import type { TraceEvent } from '../core/trace.ts';
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type Entry,
  type Message,
  type NodeId,
  type Snapshot,
} from '../core/types.ts';
import type { ClientHistory, PendingRead } from './client-history.ts';
import type { EventQueue } from './event-queue.ts';
import type { Invariants } from './invariants.ts';
import type { Random } from './random.ts';
import type { SimDisk } from './sim-disk.ts';
import { encodeWrite, SimState } from './sim-state.ts';

export interface SimNodeContext {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly invariants: Invariants;
  readonly send: (outgoing: Message) => void;
  readonly history: ClientHistory;
  readonly trace: ((event: TraceEvent) => void) | undefined;
  readonly bug: PlantedBug | undefined;
  readonly maxDiskDelayMs: () => number;
}

export const TICK_MS = 10;

export class SimNode {
  readonly id: NodeId;
  readonly disk: SimDisk;
  readonly #context: SimNodeContext;
  #raw: RawNode | null = null;
  #storage = new MemoryStorage();
  /** Told apart: events of an earlier life must not touch the present one. */
  #life = 0;
  #pausedUntil = 0;
  #held: ((raw: RawNode) => void)[] = [];
  #state = new SimState();
  #applying = false;
  #toApply: Message[] = [];
  readonly #reads = new Map<number, PendingRead & { readonly from: number }>();
  /** Confirmed reads that wait for the state machine. */
  #confirmed: { readonly index: number; readonly read: PendingRead }[] = [];
  #nextRead = 0;
  readsServed = 0;

  constructor(id: NodeId, disk: SimDisk, context: SimNodeContext) {
    this.id = id;
    this.disk = disk;
    this.#context = context;
  }

  get running(): RawNode | null {
    return this.#raw;
  }

  get applied(): number {
    return this.#raw?.core.log.applied ?? 0;
  }

  start(): void {
    const { random, bug, invariants, queue, trace } = this.#context;
    this.#life += 1;
    const storage = new MemoryStorage();
    storage.setHardState(this.disk.hardState);
    storage.applySnapshot(this.disk.snapshot);
    storage.append(this.disk.entries);
    this.#storage = storage;
    this.#state = new SimState();
    this.#state.restore(this.disk.snapshot.data);
    this.#reads.clear();
    this.#confirmed = [];
    storage.setSnapshotSource(() => this.#snapshot());
    this.#raw = new RawNode({
      id: this.id,
      storage,
      random: (bound) => random.below(bound),
      electionTicks: 10,
      heartbeatTicks: 2,
      preVote: true,
      checkQuorum: true,
      asyncStorageWrites: true,
      maxInflight: 8,
      electionDelayTicks: random.chance(0.3) ? 10 : 0,
      maxAppendBytes: 256,
      handOverOnRemoval: true,
      sendPolicy: random.chance(0.7) ? 'batched' : 'eager',
      ...(bug === undefined ? {} : { plantedBug: bug }),
      ...(trace === undefined ? {} : { trace }),
    });
    invariants.restarted(this.#raw.core);
    this.#pausedUntil = 0;
    this.#applying = false;
    this.#held = [];
    this.#toApply = [];
    const life = this.#life;
    const tick = (): void => {
      if (this.#life !== life) return;
      // Clocks drift: no two nodes tick at the same rate.
      queue.after(TICK_MS * (0.9 + 0.2 * random.next()), tick);
      this.act((raw) => raw.tick());
    };
    queue.after(random.below(TICK_MS), tick);
    this.#pump();
  }

  crash(): void {
    this.#life += 1;
    this.#raw = null;
    this.disk.crash(this.#context.random);
  }

  /** The process stands still: a stopped virtual machine, a long collection. */
  pause(ms: number): void {
    this.#pausedUntil = this.#context.queue.now + ms;
  }

  /** Does something with the core, if the process runs, and sees to what follows. */
  act(change: (raw: RawNode) => void): void {
    const raw = this.#raw;
    if (raw === null) return;
    if (this.#context.queue.now < this.#pausedUntil || this.#held.length > 0) {
      this.#held.push(change);
      if (this.#held.length === 1) this.#resumeLater();
      return;
    }
    this.#do(raw, change);
  }

  /** What came during a pause is done afterwards, in its order. */
  #resumeLater(): void {
    const life = this.#life;
    const { queue } = this.#context;
    queue.at(this.#pausedUntil, () => {
      if (this.#life !== life) return;
      if (queue.now < this.#pausedUntil) {
        this.#resumeLater();
        return;
      }
      const held = this.#held;
      this.#held = [];
      for (const change of held) this.act(change);
    });
  }

  #do(raw: RawNode, change: (raw: RawNode) => void): void {
    try {
      change(raw);
    } catch (error) {
      const expected = error instanceof ProposalDroppedError || error instanceof StepRefusedError;
      if (!expected) throw error;
    }
    this.#context.invariants.afterStep(raw.core);
    this.#pump();
  }

  /** False when the process is down. */
  receive(received: Message): boolean {
    this.act((raw) => raw.step(received));
    return this.#raw !== null;
  }

  /** The application does not want this node to stand, for a while. */
  veto(ms: number): void {
    const life = this.#life;
    this.act((raw) => raw.setCampaignVeto('simulated'));
    this.#context.queue.after(ms, () => {
      if (this.#life === life) this.act((raw) => raw.setCampaignVeto(null));
    });
  }

  proposeChange(change: ConfChange): void {
    this.act((raw) => raw.proposeConfChange(change));
  }

  write(write: number): void {
    const { history, queue } = this.#context;
    this.act((raw) => {
      history.wrote(write, queue.now);
      raw.propose(encodeWrite(write));
    });
  }

  read(register: number): void {
    this.act((raw) => {
      this.#nextRead += 1;
      const readId = this.id * 1_000_000_000 + this.#life * 100_000 + this.#nextRead;
      const { invariants, queue } = this.#context;
      const from = invariants.highestApplied;
      this.#reads.set(readId, { register, invokedAt: queue.now, from });
      raw.readIndex(readId);
    });
  }

  #snapshot(): Snapshot | null {
    const raw = this.#raw;
    // In the middle of applying, the hash and the membership are ahead of the applied index.
    if (raw === null || this.#applying || raw.core.log.unstable.snapshot !== null) return null;
    const index = raw.core.log.applied;
    const term = this.#storage.term(index);
    if (term === undefined || index === 0) return null;
    const confState = toConfState(raw.core.tracker.membership);
    return { index, term, confState, data: this.#state.encode() };
  }

  /** Snapshots what is applied and drops the log before it. */
  compact(): void {
    const snapshot = this.#snapshot();
    if (snapshot === null || snapshot.index <= this.disk.snapshot.index) return;
    this.disk.compact(snapshot);
    this.#storage.setSnapshot(snapshot);
    this.#storage.compact(snapshot.index);
  }

  #pump(): void {
    const raw = this.#raw;
    const { invariants } = this.#context;
    while (raw !== null && raw === this.#raw && raw.hasReady()) {
      const ready = raw.ready();
      invariants.written(raw.core, ready.entries);
      for (const outgoing of ready.messages) {
        if (outgoing.to === APPEND_THREAD) this.#write(outgoing);
        else if (outgoing.to === APPLY_THREAD) this.#apply(raw, outgoing);
        else this.#send(outgoing);
      }
      for (const { readId, index } of ready.readStates) {
        const read = this.#reads.get(readId);
        if (read === undefined) continue;
        this.#reads.delete(readId);
        this.readsServed += 1;
        invariants.read(index, read.from);
        this.#confirmed.push({ index, read });
      }
      this.#answerReads(raw);
      invariants.afterStep(raw.core);
    }
  }

  #answerReads(raw: RawNode): void {
    if (this.#confirmed.length === 0 || this.#applying) return;
    const { history, queue } = this.#context;
    this.#confirmed = this.#confirmed.filter(({ index, read }) => {
      if (raw.core.log.applied < index) return true;
      history.read(read, this.#state.get(read.register), queue.now);
      return false;
    });
  }

  #send(outgoing: Message): void {
    this.#context.invariants.sent(outgoing);
    if (outgoing.to === this.id) this.receive(outgoing);
    else this.#context.send(outgoing);
  }

  #write(work: Message): void {
    const { queue, random, maxDiskDelayMs } = this.#context;
    const life = this.#life;
    this.disk.write(work);
    const done = (): void => {
      if (this.#life !== life) return;
      const written = this.disk.complete();
      if (written !== undefined) this.#written(written);
    };
    queue.after(1 + random.below(maxDiskDelayMs()), done);
  }

  #written(work: Message): void {
    this.act((raw) => {
      const { term, vote, commit, snapshot } = work;
      if (term !== 0) this.#storage.setHardState({ term, vote, commit });
      if (snapshot !== null) {
        this.#storage.applySnapshot(snapshot);
        this.#state.restore(snapshot.data);
      }
      this.#storage.append(work.entries);
      this.#applyNext(raw);
      for (const response of work.responses) {
        this.#context.invariants.sent(response);
        if (response.to === this.id) raw.step(response);
        else this.#context.send(response);
      }
    });
  }

  #apply(raw: RawNode, work: Message): void {
    this.#toApply.push(work);
    if (this.#toApply.length === 1) this.#applyNext(raw);
  }

  /** As the driver: a membership is acted on only once the commit index behind it is durable. */
  #applyNext(raw: RawNode): void {
    for (let work = this.#toApply[0]; work !== undefined; work = this.#toApply[0]) {
      const change = work.entries.findLast(({ type }) => isConfChangeType(type));
      const waits = (change?.index ?? 0) > this.disk.hardState.commit;
      if (waits && this.#context.bug !== 'change-before-durable-commit') return;
      this.#toApply.shift();
      this.#applying = true;
      for (const entry of work.entries) this.#applyEntry(raw, entry);
      for (const response of work.responses) raw.step(response);
      this.#applying = false;
    }
  }

  #applyEntry(raw: RawNode, entry: Entry): void {
    const write = this.#state.apply(entry.index, entry.data);
    if (write !== null) this.#context.history.applied(write, this.#context.queue.now);
    const change = confChangeOf(entry);
    if (change !== null) {
      try {
        raw.applyConfChange(change);
      } catch (error) {
        if (!(error instanceof ConfChangeError)) throw error;
      }
    }
    this.#context.invariants.applied(raw.core, entry, this.#state.hash);
  }
}
