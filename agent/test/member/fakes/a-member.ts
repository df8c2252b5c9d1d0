/** A member of the cluster A, B, C around a fake mysqld, a fake raft log and a real member file; its loop runs until the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { MemberReport } from '@radondb/api';
import { MemberFile, type MemberRecord } from '../../../src/adapters/member-file.ts';
import { type AgentConfig, HA_TIMES } from '../../../src/agent-config.ts';
import { Cluster } from '../../../src/cluster.ts';
import type { ClusterEntry } from '../../../src/core/cluster-log.ts';
import { decodeEntry, encodeEntry } from '../../../src/core/entry-codec.ts';
import { Lease } from '../../../src/lease.ts';
import { type MemberContext, MemberMemory } from '../../../src/member/context.ts';
import { describeHealth } from '../../../src/member/describe.ts';
import { Member } from '../../../src/member/member.ts';
import type { Clock, Logger, Peers, RaftNode, RaftStatus } from '../../../src/ports.ts';
import { elect, found, gtids, open, revoke, uuid } from '../../core/builders.ts';
import { FakeServer } from './fake-server.ts';

const DEADLINE_MS = 10_000;
const NAMES = ['A', 'B', 'C'];

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
export const CLOCK: Clock = { monotonicMs: () => performance.now(), unixMs: () => Date.now() };

/** Resolves when it holds; fails after a deadline. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const until = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > until) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Resolves when the coordinator has ticked a few times: what it has not done until then, it does not do. */
export async function afterSomeTicks(raft: FakeRaft): Promise<void> {
  const { looks } = raft;
  await eventually('ticks', () => raft.looks > looks + 20);
}

/** A raft log of one: what is proposed is committed at once, unless it is out of reach. */
export class FakeRaft implements RaftNode {
  /** False: no leader answers. */
  reachable = true;
  role = 'follower';
  readonly proposed: ClusterEntry[] = [];
  readonly transfers: number[] = [];
  peers: RaftStatus['peers'] = [];
  readonly #cluster: Cluster;
  /** How often somebody looked: the coordinator does at each of its ticks. */
  looks = 0;
  readonly #watchers = new Set<() => void>();
  #index = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  commit(...entries: readonly ClusterEntry[]): void {
    for (const entry of entries) this.#apply(encodeEntry(entry));
  }

  #apply(data: Uint8Array): unknown {
    this.#index += 1;
    return this.#cluster.stateMachine.apply({ index: this.#index, term: 1, data });
  }

  status(): RaftStatus {
    this.looks += 1;
    return {
      role: this.role,
      term: 1,
      leader: 1,
      commitIndex: this.#index,
      appliedIndex: this.#index,
      peers: this.peers,
      fsync: { p50Ms: 1, p99Ms: 1, count: 1 },
    };
  }

  async propose(data: Uint8Array): Promise<{ index: number; term: number; result: unknown }> {
    this.proposed.push(decodeEntry(data));
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.reachable) throw new Error('no leader answered in time');
    return { index: this.#index + 1, term: 1, result: this.#apply(data) };
  }

  async read(): Promise<unknown> {
    if (!this.reachable) throw new Error('no leader');
    return undefined;
  }

  async transferLeadership(to: number): Promise<void> {
    this.transfers.push(to);
  }

  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

export interface Harness {
  readonly member: Member;
  readonly server: FakeServer;
  readonly raft: FakeRaft;
  readonly cluster: Cluster;
  readonly file: MemberFile;
  readonly context: MemberContext;
  /** The journal of mysqld with what was written to the member file in between, as `write <field>=<value>`. */
  readonly journal: string[];
  /** What the peers answer to `status`. */
  readonly reports: Map<string, Partial<MemberReport>>;
  readonly marks: string[];
  health(): ReturnType<typeof describeHealth>;
  /** Waits until it rests in that state. */
  rests(state: string): Promise<void>;
  /** Asks for the promise of the epoch, as the leader does. */
  ask(epoch: number): ReturnType<Member['promise']>;
}

export interface HarnessOptions {
  /** A, B or C; default B, a replica. */
  readonly name?: string;
  readonly log?: readonly ClusterEntry[];
  readonly record?: Partial<MemberRecord>;
  readonly caughtUp?: boolean;
  readonly bootstrap?: boolean;
  readonly leaseMs?: number;
  readonly server?: (server: FakeServer) => void;
}

/** Founded; A is the open primary of epoch 1, which wrote 1:1-9. */
export const OPEN_UNDER_A: readonly ClusterEntry[] = [
  found(...NAMES),
  revoke(1),
  elect(1, 'A'),
  open(1, '1:1'),
];

export async function aMember(t: TestContext, options: HarnessOptions = {}): Promise<Harness> {
  const name = options.name ?? 'B';
  const directory = await mkdtemp(join(tmpdir(), 'member-'));
  const file = await MemberFile.open({ directory, clusterId: 'c', member: name, bootId: 'boot-1' });
  await file.update({ hadData: true, ...options.record });
  const cluster = new Cluster({ clock: CLOCK, log: SILENT });
  const raft = new FakeRaft(cluster);
  cluster.attach(raft);
  raft.commit(...(options.log ?? OPEN_UNDER_A));
  const server = new FakeServer(uuid(NAMES.indexOf(name) + 1));
  server.executed = gtids('1:1-9');
  options.server?.(server);
  noteWrites(file, server.journal);
  const lease = new Lease({ clock: CLOCK, leaseMs: options.leaseMs ?? 200 });
  const reports = new Map<string, Partial<MemberReport>>();
  const marks: string[] = [];
  const memory = new MemberMemory();
  memory.hasData = server.hasDataNow;
  const context: MemberContext = {
    config: aConfig(name, { directory, bootstrap: options.bootstrap ?? false }),
    credentials: aCredentials(),
    peers: fakePeers(reports, marks),
    clock: CLOCK,
    log: SILENT,
    ...{ server, file, cluster, lease, memory },
  };
  const member = new Member(context, () => undefined);
  if (options.caughtUp ?? true) cluster.markCaughtUp();
  const end = new AbortController();
  const running = [member.run(end.signal), lease.keep(raft, () => true, end.signal)];
  t.after(async () => {
    end.abort(new Error('the test is over'));
    for (const verb of ['clone', 'barrier', 'waitExecuted', 'start', 'content'] as const)
      server.make(verb, 'works');
    server.exit('SIGKILL');
    await Promise.all(running);
    await rm(directory, { recursive: true, force: true });
  });
  return {
    ...{ member, server, raft, cluster, file, context, reports, marks },
    journal: server.journal,
    health: () => describeHealth(context, member, 1),
    rests: async (state) =>
      await eventually(
        `state ${state}, is ${member.state}: ${member.why}`,
        () => member.state === state,
      ),
    ask: async (epoch) =>
      await member.promise(
        { epoch, clusterId: 'c', leaderTerm: 1 },
        AbortSignal.timeout(DEADLINE_MS),
      ),
  };
}

function noteWrites(file: MemberFile, journal: string[]): void {
  const update = file.update.bind(file);
  file.update = async (change) => {
    await update(change);
    const text = Object.entries(change).map(([k, v]) => `${k}=${String(v)}`);
    journal.push(`write ${text.join(' ')}`);
  };
}

function fakePeers(reports: Map<string, Partial<MemberReport>>, marks: string[]): Peers {
  return {
    promise: async () => await Promise.reject(new Error('not asked of a member')),
    health: async () => undefined,
    mark: async (member, epoch) => {
      marks.push(`${member} ${epoch}`);
      return gtids('1:10').toString();
    },
    status: async (member) => {
      const report = reports.get(member);
      if (report === undefined) throw new Error(`${member} does not answer`);
      return report as MemberReport;
    },
    switchover: async () => await Promise.reject(new Error('not asked of a member')),
  };
}

function aCredentials(): MemberContext['credentials'] {
  const account = { user: 'u', password: 'p' };
  return { agent: account, replication: account, application: { ...account, database: null } };
}

export function aConfig(
  name: string,
  { directory = '/nowhere', bootstrap = false }: { directory?: string; bootstrap?: boolean } = {},
): AgentConfig {
  const listen = { host: '127.0.0.1', port: 0 };
  return {
    clusterId: 'c',
    clusterName: 'c',
    member: name,
    raftId: NAMES.indexOf(name) + 1,
    directory,
    bootstrap,
    peers: NAMES.map((peer, i) => ({
      name: peer,
      raftId: i + 1,
      host: '127.0.0.1',
      raftPort: 0,
      apiPort: 0,
      mysqlPort: i + 1,
      priority: 0,
    })),
    listen: {
      raft: listen,
      api: listen,
      mysql: listen,
      admin: listen,
      primaryProxy: listen,
      replicasProxy: listen,
      metrics: listen,
    },
    tls: { caFile: 'ca', certFile: 'cert', keyFile: 'key' },
    mysqld: {
      command: { file: 'mysqld', args: [] },
      serverArgs: [],
      configFile: 'my.cnf',
      serverId: 1,
      setpriv: null,
    },
    credentialsFile: 'credentials',
    failover: { enabled: true, delayMs: 0 },
    times: { ...HA_TIMES, drainDeadlineMs: 100, barrierDeadlineMs: 100 },
  };
}
