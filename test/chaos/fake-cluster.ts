import { setTimeout as delay } from 'node:timers/promises';
import type { MemberContent } from '../checker/member-checker.ts';
import type { CounterValue, Transfer } from '../checker/operation.ts';
import { TableDigester } from '../checker/table-digest.ts';
import type { FinalState } from '../checker/verdict.ts';
import { FakeSession } from './fake-session.ts';
import type {
  ChaosCluster,
  ChaosDatabase,
  ClusterView,
  CommandResult,
  FaultSignal,
  MemberView,
  Session,
  Target,
  WorkloadShape,
} from './ports.ts';

/** What the fake does wrong, when it fails over or at the end. */
export type Misbehaviour =
  | 'loses-a-write'
  | 'repeats-a-write'
  | 'invents-a-write'
  | 'tears-a-transfer'
  | 'serves-old-values'
  | 'replica-differs'
  | 'member-stays-away'
  | 'writes-stay-away'
  | 'refuses-switchover';

interface FakeMember {
  readonly name: string;
  readonly port: number;
  state: string;
  agentPid: number;
  mysqldPid: number;
}

/** Longer than the silence that the runner takes for the beginning of a switchover. */
const OUTAGE_MS = 50;
const AWAY_MS = 30;

/**
 * A cluster in memory, for the tests of the runner: it fails over when its primary is hit, and does
 * wrong on request.
 */
export class FakeCluster implements ChaosCluster, ChaosDatabase {
  readonly rows: number[] = [];
  readonly counters = new Map<number, number>();
  readonly balances: number[] = [];
  readonly ledger: Transfer[] = [];
  readonly sent: { readonly member: string; readonly signal: FaultSignal }[] = [];
  readonly #misbehaviours: ReadonlySet<Misbehaviour>;
  readonly #members: FakeMember[];
  #primary: FakeMember;
  #epoch = 1;
  #nextPid = 100;
  #isOpen = true;
  #isStopped = false;
  #failingOver: Promise<void> = Promise.resolve();

  constructor(misbehaviours: readonly Misbehaviour[] = []) {
    this.#misbehaviours = new Set(misbehaviours);
    this.#members = [0, 1, 2].map((index) => ({
      name: `demo-${index}`,
      port: 3306 + index,
      state: index === 0 ? 'primary' : 'following',
      agentPid: this.#nextPid++,
      mysqldPid: this.#nextPid++,
    }));
    this.#primary = this.#members[0]!;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get servesOldValues(): boolean {
    return this.#misbehaviours.has('serves-old-values') && this.#epoch > 1;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  async start(): Promise<void> {
    await Promise.resolve();
  }

  async view(): Promise<ClusterView> {
    await delay(1);
    const members = this.#members.map(
      ({ name, state, agentPid, mysqldPid, port }): MemberView => ({
        name,
        state,
        agentPid,
        mysqldPid,
        mysqlPort: port,
        mysqlAddress: `127.0.0.1:${port}`,
        errant: null,
      }),
    );
    return { primary: this.#primary.name, epoch: this.#epoch, members };
  }

  send(targets: readonly Target[], signal: FaultSignal): void {
    for (const target of targets) {
      const member = this.#members.find(({ name }) => name === target.member)!;
      const pids = [member.agentPid, member.mysqldPid];
      if (!pids.includes(target.pid)) continue;
      this.sent.push({ member: member.name, signal });
      if (signal === 'SIGCONT') continue;
      if (signal !== 'SIGSTOP') {
        if (target.kind === 'agent') member.agentPid = this.#nextPid++;
        else member.mysqldPid = this.#nextPid++;
      }
      this.#leave(member);
    }
  }

  async switchover(): Promise<CommandResult> {
    if (this.#misbehaviours.has('refuses-switchover')) return { done: false, text: 'not today' };
    await delay(5);
    this.#leave(this.#primary);
    await this.#failingOver;
    return { done: true, text: 'writes were shut for 50 ms' };
  }

  async stop(): Promise<readonly string[]> {
    await Promise.resolve();
    this.#isStopped = true;
    return [];
  }

  async saveLogs(): Promise<readonly string[]> {
    await Promise.resolve();
    return [];
  }

  async prepare(shape: WorkloadShape): Promise<string> {
    await Promise.resolve();
    for (let id = 0; id < shape.counters; id += 1) this.counters.set(id, 0);
    for (let id = 0; id < shape.accounts; id += 1) this.balances.push(shape.initialBalance);
    return 'fake';
  }

  async connect(): Promise<Session> {
    await delay(1);
    if (!this.#isOpen) throw new Error('refused');
    return new FakeSession(this, {
      uuid: this.#primary.name,
      address: `127.0.0.1:${this.#primary.port}`,
    });
  }

  async unsafeCommits(): Promise<number> {
    await Promise.resolve();
    return 0;
  }

  async finalState(): Promise<FinalState> {
    await this.#failingOver;
    const counters = [...this.counters].map(
      ([counter, value]): CounterValue => ({ counter, value }),
    );
    const differs = this.#misbehaviours.has('replica-differs');
    return {
      keys: this.rows,
      counters,
      bank: { balances: this.balances, ledger: this.ledger },
      primary: this.#content('demo-0', this.rows),
      replicas: [this.#content('demo-1', differs ? this.rows.slice(1) : this.rows)],
      unread: [],
    };
  }

  #leave(member: FakeMember): void {
    if (member === this.#primary && this.#isOpen) this.#failingOver = this.#failOver();
    if (member.state !== 'following') return;
    member.state = 'catching-up';
    void this.#comeBack(member);
  }

  async #failOver(): Promise<void> {
    const former = this.#primary;
    this.#isOpen = false;
    this.#epoch += 1;
    this.#misbehave();
    former.state = 'catching-up';
    await delay(OUTAGE_MS);
    this.#primary = this.#members[(this.#members.indexOf(former) + 1) % this.#members.length]!;
    this.#primary.state = 'primary';
    if (this.#misbehaviours.has('writes-stay-away')) return;
    this.#isOpen = true;
    await this.#comeBack(former);
  }

  async #comeBack(member: FakeMember): Promise<void> {
    if (this.#misbehaviours.has('member-stays-away')) return;
    await delay(AWAY_MS);
    if (member !== this.#primary) member.state = 'following';
  }

  #misbehave(): void {
    const has = (one: Misbehaviour): boolean => this.#misbehaviours.has(one);
    if (has('loses-a-write')) this.rows.splice(Math.floor(this.rows.length / 2), 1);
    if (has('repeats-a-write')) this.rows.push(this.rows[0]!);
    if (has('invents-a-write')) this.rows.push(-this.#epoch);
    if (has('tears-a-transfer')) this.balances[0]! += 1;
  }

  #content(member: string, rows: readonly number[]): MemberContent {
    const digester = new TableDigester('entries');
    for (const [index, key] of rows.entries()) digester.add([index, key]);
    return { member, tables: [digester.finish()] };
  }
}
