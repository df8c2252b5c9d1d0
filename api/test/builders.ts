import type { MemberReport, MysqlReport } from '../src/agent-protocol.ts';
import type { MysqlCluster, MysqlClusterSpec } from '../src/v1/mysql-cluster.ts';
import type { MysqlDatabase, MysqlDatabaseSpec } from '../src/v1/mysql-database.ts';
import type { MysqlUser, MysqlUserSpec } from '../src/v1/mysql-user.ts';

export const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

export function aMysqlReport(changes: Partial<MysqlReport> = {}): MysqlReport {
  return {
    version: '9.7.4',
    serverUuid: UUID,
    gtidExecuted: `${UUID}:1-10`,
    gtidRetrieved: '',
    readOnly: true,
    offline: false,
    connections: 0,
    lagMs: 0,
    source: null,
    ioRunning: true,
    sqlRunning: true,
    lastError: null,
    semiSyncSource: false,
    semiSyncReplica: true,
    unsafeCommits: 0,
    ...changes,
  };
}

/** A replica of an open three-member cluster `demo` whose primary is demo-0. */
export function aMemberReport(changes: Partial<MemberReport> = {}): MemberReport {
  const report: MemberReport = {
    member: 'demo-1',
    clusterId: 'c1',
    incarnation: 'i1',
    agentPid: 100,
    mysqldPid: 200,
    dataDir: '/data',
    startedAtMs: 1_700_000_000_000,
    role: 'replica',
    voter: true,
    state: 'following',
    why: 'Follows demo-0.',
    amnesiac: false,
    fenced: false,
    promise: 1,
    raft: { id: 2, role: 'follower', leader: 1, term: 1, commitIndex: 9, appliedIndex: 9 },
    log: {
      epoch: 1,
      phase: 'open',
      primary: 'demo-0',
      configVersion: 1,
      voters: ['demo-0', 'demo-1', 'demo-2'],
      w: 1,
    },
    mysql: aMysqlReport(),
    errant: null,
    endpoints: { mysql: '127.0.0.1:3307', primary: '127.0.0.1:6446', replicas: '127.0.0.1:6447' },
    findings: [],
    failovers: [],
    rssBytes: 80_000_000,
    eventLoopDelayP99Ms: 12,
  };
  return { ...report, ...changes };
}

/** A good cluster `demo` of three, with changes to its spec. */
export function aCluster(spec: MysqlClusterSpec = {}, generation = 1): MysqlCluster {
  return {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlCluster',
    metadata: { name: 'demo', generation },
    spec,
  };
}

/** A good MysqlUser `app` of the cluster `demo`, with changes to its spec. */
export function aUser(spec: Partial<MysqlUserSpec> = {}): MysqlUser {
  return {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlUser',
    metadata: { name: 'app', namespace: 'shop' },
    spec: { clusterRef: { name: 'demo' }, passwordSecretRef: { name: 'app' }, ...spec },
  };
}

/** A good MysqlDatabase `orders` of the cluster `demo`, with changes to its spec. */
export function aDatabase(spec: Partial<MysqlDatabaseSpec> = {}): MysqlDatabase {
  return {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlDatabase',
    metadata: { name: 'orders', namespace: 'shop' },
    spec: { clusterRef: { name: 'demo' }, ...spec },
  };
}
