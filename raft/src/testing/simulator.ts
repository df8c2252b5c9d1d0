/**
 * A cluster in one thread under virtual time: random faults, invariants after every step, then a world that heals and
 * must make progress. One seed is one run.
 */
import type { ConfChange, ConfChangeSingle } from '../core/conf-change.ts';
import type { PlantedBug } from '../core/config.ts';
import { isJoint } from '../core/membership.ts';
import type { TraceEvent } from '../core/trace.ts';
import {
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  type Message,
  type NodeId,
  type Snapshot,
} from '../core/types.ts';
import { ClientHistory, REGISTERS } from './client-history.ts';
import { describe } from './describe.ts';
import { EventQueue } from './event-queue.ts';
import { Invariants, InvariantViolation } from './invariants.ts';
import { Random } from './random.ts';
import { SimDisk } from './sim-disk.ts';
import { SimNetwork } from './sim-network.ts';
import { SimNode } from './sim-node.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** @default 5 */
  readonly nodes?: number;
  /** How many of them begin as voters. @default 3 */
  readonly voters?: number;
  /** Virtual milliseconds of faults. @default 4000 */
  readonly chaosMs?: number;
  /** Change the membership at random. @default true */
  readonly membershipChanges?: boolean;
  /** Plants a known bug, to prove that it is found. Test only. */
  readonly bug?: PlantedBug;
  /** Faults to leave out, by their number in the run; all others stay as they were. See `shrink`. */
  readonly skipFaults?: ReadonlySet<number>;
  /** Is told what happens, in lines for people. */
  readonly onEvent?: (line: string) => void;
}

export interface SimulationResult {
  readonly seed: number;
  /** Null when everything held. */
  readonly violation: InvariantViolation | null;
  readonly events: number;
  readonly checks: number;
  readonly committed: number;
  readonly reads: number;
  /** Faults drawn, those left out included. */
  readonly faults: number;
  /** Virtual milliseconds until the end or the violation. */
  readonly endedAt: number;
}

const HEAL_MS = 15_000;

type Optional = 'bug' | 'skipFaults' | 'onEvent';

export class Simulation {
  readonly #options: Required<Omit<SimulationOptions, Optional>> &
    Pick<SimulationOptions, Optional>;
  readonly #history = new ClientHistory();
  readonly #random: Random;
  readonly #queue = new EventQueue();
  readonly #network: SimNetwork;
  readonly #disks = new Map<NodeId, SimDisk>();
  readonly #nodes = new Map<NodeId, SimNode>();
  readonly #invariants: Invariants;
  readonly #ids: readonly NodeId[];
  #maxDiskDelayMs = 3;
  #chaos = true;
  /** Draws the times of faults only: leaving one out does not move the others. */
  readonly #faultTimes: Random;
  #faults = 0;
  #proposals = 0;
  #events = 0;

  constructor(options: SimulationOptions) {
    this.#options = { nodes: 5, voters: 3, chaosMs: 4000, membershipChanges: true, ...options };
    this.#random = new Random(options.seed);
    this.#faultTimes = new Random(options.seed ^ 0x5bd1e995);
    this.#network = new SimNetwork(this.#queue, this.#random, {
      deliver: (received) => {
        const taken = this.#nodes.get(received.to)?.receive(received) ?? false;
        if (taken) this.#reportSnapshot(received, true);
        return taken;
      },
      lost: (outgoing) => this.#reportSnapshot(outgoing, false),
    });
    this.#ids = Array.from({ length: this.#options.nodes }, (_, i) => i + 1);
    this.#invariants = new Invariants(this.#disks);
    const initial: Snapshot = {
      index: 1,
      term: 1,
      confState: { ...EMPTY_CONF_STATE, voters: this.#ids.slice(0, this.#options.voters) },
      data: EMPTY_BYTES,
    };
    for (const id of this.#ids) this.#addNode(id, initial);
  }

  /** A transport says what became of a snapshot: the core sends nothing else until it knows. */
  #reportSnapshot({ type, from, to }: Message, arrived: boolean): void {
    if (type === 'snapshot') this.#nodes.get(from)?.act((raw) => raw.reportSnapshot(to, arrived));
  }

  #addNode(id: NodeId, initial: Snapshot): void {
    const empty: Snapshot = { index: 0, term: 0, confState: EMPTY_CONF_STATE, data: EMPTY_BYTES };
    const founder = initial.confState.voters.includes(id);
    const disk = new SimDisk(founder ? initial : empty, this.#options.bug);
    if (founder) disk.hardState = { term: 1, vote: 0, commit: 1 };
    this.#disks.set(id, disk);
    const node = new SimNode(id, disk, {
      queue: this.#queue,
      random: this.#random,
      invariants: this.#invariants,
      send: (outgoing) => this.#network.send(outgoing),
      history: this.#history,
      trace: this.#tracer(id),
      bug: this.#options.bug,
      maxDiskDelayMs: () => this.#maxDiskDelayMs,
    });
    this.#nodes.set(id, node);
  }

  /** Runs to the end, or to the first violation. */
  run(): SimulationResult {
    let violation: InvariantViolation | null = null;
    try {
      for (const node of this.#nodes.values()) node.start();
      this.#scheduleFault();
      this.#scheduleClient();
      this.#advanceTo(this.#options.chaosMs);
      this.#heal();
      this.#checkHistory();
    } catch (error) {
      // A broken invariant inside the core is a finding as well.
      violation =
        error instanceof InvariantViolation
          ? error
          : new InvariantViolation(
              'core',
              error instanceof Error ? (error.stack ?? error.message) : String(error),
            );
    }
    if (violation !== null) this.#say(`VIOLATION ${violation.message}`);
    return {
      seed: this.#options.seed,
      violation,
      events: this.#events,
      checks: this.#invariants.checks,
      committed: this.#invariants.highestApplied,
      reads: [...this.#nodes.values()].reduce((sum, { readsServed }) => sum + readsServed, 0),
      faults: this.#faults,
      endedAt: Math.ceil(this.#queue.now),
    };
  }

  #advanceTo(time: number, stop: () => boolean = () => false): void {
    while (this.#queue.now < time && !stop() && this.#queue.step()) this.#events += 1;
  }

  #say(what: string): void {
    this.#options.onEvent?.(`${this.#queue.now.toFixed(1).padStart(9)} ms  ${what}`);
  }

  #tracer(id: NodeId): ((event: TraceEvent) => void) | undefined {
    if (this.#options.onEvent === undefined) return undefined;
    return (event) => {
      const text = describe(event);
      if (text !== null) this.#say(`node ${id}: ${text}`);
    };
  }

  /** What clients saw, against registers that are kept once. */
  #checkHistory(): void {
    if (this.#history.verdict() !== 'not-linearizable') return;
    throw new InvariantViolation(
      'linearizability',
      'no order of the operations explains what clients saw',
    );
  }

  #scheduleClient(): void {
    this.#queue.after(this.#random.between(1, 20), () => {
      this.#scheduleClient();
      this.#propose(this.#random.pick(this.#ids));
      if (this.#random.chance(0.4)) this.#pickNode()?.read(this.#random.below(REGISTERS));
    });
  }

  #propose(id: NodeId | undefined): void {
    this.#proposals += 1;
    this.#nodes.get(id ?? 0)?.write(this.#proposals);
  }

  #pickNode(): SimNode | undefined {
    return this.#nodes.get(this.#random.pick(this.#ids) ?? 0);
  }

  #scheduleFault(): void {
    this.#queue.after(this.#faultTimes.between(5, 150), () => {
      if (!this.#chaos) return;
      this.#scheduleFault();
      this.#faults += 1;
      if (!this.#options.skipFaults?.has(this.#faults)) this.#fault(this.#faults);
    });
  }

  #fault(ordinal: number): void {
    const random = this.#random;
    const faults: readonly (readonly [name: string, run: () => void])[] = [
      ['crash', () => this.#crash()],
      ['crash', () => this.#crash()],
      ['partition', () => this.#partition()],
      ['cut some links', () => this.#cutSome()],
      ['heal the network', () => this.#network.heal()],
      ['pause', () => this.#pickNode()?.pause(random.between(20, 400))],
      [
        'change the weather',
        () => {
          const loss = random.chance(0.5) ? 0 : random.next() * 0.3;
          const duplication = random.next() * 0.2;
          this.#network.faults = { loss, duplication, maxDelayMs: random.pick([2, 10, 60]) ?? 2 };
        },
      ],
      [
        'change the disks',
        () => {
          this.#maxDiskDelayMs = random.pick([1, 5, 50]) ?? 1;
        },
      ],
      ['compact', () => this.#pickNode()?.compact()],
      [
        'transfer',
        () => this.#pickNode()?.act((raw) => raw.transferLeader(random.pick(this.#ids) ?? 1)),
      ],
      ['veto', () => this.#pickNode()?.veto(random.between(50, 1500))],
      ['election storm', () => this.#storm()],
      ['break connections', () => this.#connectionBroke()],
      ['change the membership', () => this.#changeMembership()],
      ['change the membership', () => this.#changeMembership()],
    ];
    const [name, run] = random.pick(faults) ?? ['none', () => undefined];
    this.#say(`fault ${ordinal}: ${name}`);
    run();
  }

  #crash(node = this.#pickNode(), maxDownMs = 500): void {
    if (node === undefined || node.running === null) return;
    node.crash();
    this.#say(`node ${node.id} crashes`);
    this.#queue.after(this.#random.between(1, maxDownMs), () => {
      if (node.running !== null) return;
      this.#say(`node ${node.id} starts again`);
      node.start();
    });
  }

  /** Elections that compete, and voters that restart in the middle of them: who forgets a vote gives another. */
  #storm(): void {
    for (let wave = 0; wave < 6; wave++) {
      this.#queue.after(wave * this.#random.between(5, 40), () => {
        if (!this.#chaos) return;
        this.#connectionBroke();
        for (const node of this.#nodes.values()) {
          if (this.#random.chance(0.3)) this.#crash(node, 10);
        }
      });
    }
  }

  #partition(): void {
    const order = this.#random.shuffle(this.#ids);
    const size = this.#random.between(1, order.length - 1);
    const side = new Set(order.slice(0, size));
    const oneWay = this.#random.chance(0.3);
    for (const a of this.#ids) {
      for (const b of this.#ids) {
        if (side.has(a) && !side.has(b)) {
          this.#network.cut(a, b);
          if (!oneWay) this.#network.cut(b, a);
        }
      }
    }
  }

  #cutSome(): void {
    for (let i = this.#random.between(1, 4); i > 0; i--) {
      const [a, b] = this.#random.shuffle(this.#ids);
      if (a !== undefined && b !== undefined) this.#network.cut(a, b);
    }
  }

  /** What the driver does when the connection to the leader breaks: it forgets it and asks for pre-votes. */
  #connectionBroke(): void {
    for (const node of this.#nodes.values()) {
      if (!this.#random.chance(0.4)) continue;
      node.act((raw) => {
        if (raw.core.role !== 'follower') return;
        raw.forgetLeader();
        raw.campaign();
      });
    }
  }

  #leader(): SimNode | undefined {
    let best: SimNode | undefined;
    for (const node of this.#nodes.values()) {
      const core = node.running?.core;
      if (core?.role !== 'leader') continue;
      if (core.term > (best?.running?.core.term ?? 0)) best = node;
    }
    return best;
  }

  #changeMembership(): void {
    // Any leader, not only the newest: a deposed one may propose too.
    const leaders = [...this.#nodes.values()].filter((n) => n.running?.core.role === 'leader');
    const core = this.#random.pick(leaders)?.running?.core;
    if (!this.#options.membershipChanges || core === undefined) return;
    const { membership } = core.tracker;
    if (isJoint(membership)) return;
    const size = this.#random.between(2, this.#ids.length);
    const target = new Set(this.#random.shuffle(this.#ids).slice(0, size));
    const changes: ConfChangeSingle[] = [];
    for (const id of this.#ids) {
      const voter = membership.incoming.has(id);
      if (target.has(id) && !voter) changes.push({ op: 'add-voter', id });
      else if (!target.has(id) && voter) {
        changes.push({ op: this.#random.chance(0.3) ? 'add-learner' : 'remove', id });
      }
    }
    const wanted = this.#random.chance(0.5) ? changes : changes.slice(0, 1);
    if (wanted.length === 0) return;
    const change: ConfChange = { transition: 'auto', changes: wanted, context: EMPTY_BYTES };
    this.#nodes.get(core.id)?.proposeChange(change);
  }

  /** No more faults: a leader must come, leave any joint membership and bring every member to the same index. */
  #heal(): void {
    this.#chaos = false;
    this.#say('the world heals');
    this.#network.heal();
    this.#network.faults = { loss: 0, duplication: 0, maxDelayMs: 2 };
    this.#maxDiskDelayMs = 2;
    for (const node of this.#nodes.values()) if (node.running === null) node.start();
    const target = this.#invariants.highestApplied + 3;
    const healed = (): boolean => {
      const membership = this.#leader()?.running?.core.tracker.membership;
      if (membership === undefined || isJoint(membership)) return false;
      const members = [...membership.incoming, ...membership.learners];
      return members.every((id) => (this.#nodes.get(id)?.applied ?? 0) >= target);
    };
    this.#advanceTo(this.#queue.now + HEAL_MS, healed);
    if (!healed()) {
      throw new InvariantViolation(
        'progress',
        `after healing, ${target} was not applied everywhere`,
      );
    }
  }
}

/** Runs one seed. */
export function simulate(options: SimulationOptions): SimulationResult {
  return new Simulation(options).run();
}
