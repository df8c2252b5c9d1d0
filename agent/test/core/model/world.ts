/**
 * The world of a run: members, a totally ordered committed log that they apply late, streams and acknowledgements between their servers,
 * clients, and the faults. One event at a time, chosen by the seed.
 */
import {
  type ClusterEntry,
  type ClusterState,
  type ElectEntry,
  EMPTY_CLUSTER,
  quorumOf,
} from '../../../src/core/cluster-log.ts';
import { checkAcknowledged, checkElected, checkName, checkWorld, nameOf } from './checks.ts';
import type { Tx } from './mysql.ts';
import { Memory, Node } from './node.ts';
import { Random } from './random.ts';
import type { Rules } from './rules.ts';
import { abortJob } from './steps.ts';

export interface Ack {
  readonly from: string;
  readonly to: string;
  readonly generation: number;
  readonly tx: Tx;
}

export interface Shape {
  readonly seed: number;
  readonly voters: number;
  readonly readers: number;
  readonly rules: Rules;
  readonly traced: boolean;
}

export const LEASE_STEPS = 80;

export class World {
  readonly random: Random;
  readonly rules: Rules;
  readonly nodes: readonly Node[];
  readonly voters: readonly Node[];
  readonly log: ClusterEntry[] = [];
  /** The state after the whole log. */
  truth: ClusterState = EMPTY_CLUSTER;
  readonly elections: ElectEntry[] = [];
  proposals: ClusterEntry[] = [];
  acks: Ack[] = [];
  readonly acknowledged = new Set<Tx>();
  readonly seen = new Set<Tx>();
  readonly named = new Map<string, Tx>();
  readonly trace: string[] = [];
  now = 0;
  /** Data folders that were destroyed: a run with one may have to wait for ever. */
  destroyed = 0;
  #nextTx = 1;
  #nextUuid = 1;
  readonly #traced: boolean;

  constructor(shape: Shape) {
    this.random = new Random(shape.seed);
    this.rules = shape.rules;
    this.#traced = shape.traced;
    const all = 'ABCDEFG'.slice(0, shape.voters + shape.readers).split('');
    this.nodes = all.map((name, i) => new Node(name, this.newUuid(), i < shape.voters));
    this.voters = this.nodes.filter((n) => n.voter);
    this.append({ kind: 'found', clusterId: 'model', voters: this.voters.map((n) => n.name) });
    for (const node of this.nodes) node.mysql.start();
  }

  say(text: () => string): void {
    if (this.#traced) this.trace.push(`${String(this.now).padStart(4)} ${text()}`);
  }

  newUuid(): string {
    const uuid = `00000000-0000-4000-8000-${String(this.#nextUuid).padStart(12, '0')}`;
    this.#nextUuid += 1;
    return uuid;
  }

  node(name: string): Node {
    const node = this.nodes.find((n) => n.name === name);
    if (node === undefined) throw new RangeError(`no member ${name}`);
    return node;
  }

  linked(a: Node, b: Node): boolean {
    return a.group === b.group;
  }

  /** A quorum of agents answers this one. */
  hasQuorum(node: Node): boolean {
    if (!node.running) return false;
    const there = this.voters.filter((v) => v.running && this.linked(v, node));
    return there.length >= quorumOf(this.voters.length);
  }

  append(entry: ClusterEntry): void {
    this.log.push(entry);
    const result = this.rules.applyEntry(this.truth, entry);
    if (!result.applied) return;
    this.truth = result.state;
    this.say(() => `log: ${JSON.stringify(entry)}`);
    if (entry.kind === 'elect') {
      this.elections.push(entry);
      checkElected(this, entry);
    }
  }

  /** The next entry of the log reaches this member. */
  applyNext(node: Node): boolean {
    const entry = this.log[node.applied];
    if (!node.running || entry === undefined || !this.hasQuorum(node)) return false;
    node.applied += 1;
    const before = node.state;
    node.state = this.rules.applyEntry(node.state, entry).state;
    if (before.phase !== node.state.phase || before.epoch !== node.state.epoch)
      node.phaseSince = this.now;
    if (node.state.epoch > before.epoch) node.answers.clear();
    this.catchUp(node);
    if (node.job !== null && node.state.epoch > node.job.epoch) abortJob(this, node);
    return true;
  }

  applyAll(node: Node): void {
    while (this.applyNext(node));
  }

  /** Read-index: a quorum confirms that everything committed is applied here. */
  catchUp(node: Node): void {
    if (!this.rules.actsOnlyWhenCaughtUp) node.caughtUp = true;
    if (node.applied === this.log.length && this.hasQuorum(node)) node.caughtUp = true;
  }

  renewLease(node: Node): void {
    if (node.applied === this.log.length && this.hasQuorum(node)) {
      node.caughtUp = true;
      node.leaseUntil = this.now + LEASE_STEPS;
    }
  }

  /** A transaction enters the binlog and waits for its acknowledgements (AFTER_SYNC). */
  write(node: Node, epoch: number, client: boolean): Tx {
    const { mysql } = node;
    const tx = { id: this.#nextTx, uuid: mysql.uuid, number: mysql.nextNumber(), epoch, client };
    this.#nextTx += 1;
    checkName(this, tx);
    mysql.binlog.push(tx);
    this.say(() => `${node.name} writes ${nameOf(tx)}${client ? '' : ' (barrier)'}`);
    this.commit(node);
    return tx;
  }

  commit(node: Node): void {
    if (!node.mysql.up || node.mysql.frozen) return;
    for (const tx of node.mysql.commitAcknowledged()) {
      if (tx.client) {
        this.acknowledged.add(tx);
        this.say(() => `${node.name} acknowledges ${nameOf(tx)} to its client`);
        checkAcknowledged(this, node, tx);
      }
    }
    this.look(node);
  }

  /** Clients read whatever is committed on a server that lets them in. */
  look(node: Node): void {
    const { mysql } = node;
    if (!mysql.up || mysql.offline || mysql.readOnly) return;
    for (const tx of mysql.committed) this.seen.add(tx);
  }

  /** The next transaction of the stream reaches this replica's relay log. */
  deliver(node: Node): boolean {
    const { mysql } = node;
    const { receiver } = mysql;
    if (!mysql.up || mysql.frozen || receiver === null) return false;
    const source = this.node(receiver.source);
    if (!source.mysql.up || source.mysql.frozen || !this.linked(node, source)) {
      if (source.mysql.generation !== receiver.generation || !source.mysql.up)
        receiver.generation = null;
      return false;
    }
    if (receiver.generation !== source.mysql.generation) {
      receiver.generation = source.mysql.generation;
      receiver.cursor = 0;
    }
    for (;;) {
      const tx = source.mysql.binlog[receiver.cursor];
      if (tx === undefined) return false;
      receiver.cursor += 1;
      // What it has already is skipped by auto-position, and not acknowledged again.
      if (mysql.committed.has(tx) || mysql.relay.includes(tx)) continue;
      mysql.relay.push(tx);
      this.say(() => `${node.name} receives ${nameOf(tx)} from ${source.name}`);
      if (receiver.acknowledge && source.mysql.wait !== null)
        this.acks.push({ from: node.name, to: source.name, generation: receiver.generation, tx });
      return true;
    }
  }

  /** One acknowledgement is read from its socket; it may have lain there for long (X9). */
  readAck(index: number): boolean {
    const ack = this.acks[index];
    if (ack === undefined) return false;
    const to = this.node(ack.to);
    if (!to.mysql.up || to.mysql.generation !== ack.generation) {
      this.acks.splice(index, 1);
      return false;
    }
    if (to.mysql.frozen) return false;
    this.acks.splice(index, 1);
    const position = to.mysql.binlog.indexOf(ack.tx);
    const before = to.mysql.acknowledged.get(ack.from) ?? -1;
    if (position > before) to.mysql.acknowledged.set(ack.from, position);
    const from = this.node(ack.from);
    for (const tx of to.mysql.binlog.slice(0, position + 1)) from.acknowledgedEver.add(tx);
    this.say(() => `${to.name} reads the acknowledgement of ${nameOf(ack.tx)} by ${ack.from}`);
    this.commit(to);
    return true;
  }

  startAgent(node: Node): void {
    if (node.agentUp) return;
    node.agentUp = true;
    node.agentFrozen = false;
    node.memory = new Memory();
    node.job = null;
    node.caughtUp = false;
    node.leaseUntil = 0;
    node.answers.clear();
    const bootId = `boot-${node.boot}`;
    node.update(this.rules.amnesiaAfterBoot(node.record, bootId));
    // A snapshot that is older than what was applied, and the log from there.
    const from = this.random.below(node.applied + 1);
    node.state = EMPTY_CLUSTER;
    for (const entry of this.log.slice(0, from))
      node.state = this.rules.applyEntry(node.state, entry).state;
    node.applied = from;
    node.phaseSince = this.now;
    if (!this.rules.actsOnlyWhenCaughtUp) node.caughtUp = true;
    this.say(() => `${node.name}: agent starts, its log ends at ${from} of ${this.log.length}`);
  }

  /** mysqld dies with its agent. */
  killAgent(node: Node): void {
    node.agentUp = false;
    node.job = null;
    node.mysql.kill();
    this.say(() => `${node.name}: agent dies`);
  }

  check(): void {
    checkWorld(this);
  }
}
