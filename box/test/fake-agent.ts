/** An agent without a mysqld: it is told what a pod is told, and serves the real API over mutual TLS. The first member is primary. */
import { parseArgs } from 'node:util';
import { createAgentApi } from '@radondb/agent/http/agent-api';
import { listenHttps } from '@radondb/agent/http/listen';
import { readPodSettings } from '@radondb/agent/pod-settings';
import { RouteTable } from '@radondb/agent/proxy/route-table';
import type { MemberReport } from '@radondb/api';

const { values } = parseArgs({ options: { 'cluster-config': { type: 'string' } } });
const { config } = await readPodSettings(values['cluster-config'] ?? '', process.env);
const say = (msg: string): void => {
  process.stdout.write(
    `${JSON.stringify({ level: 30, time: Date.now(), member: config.member, msg })}\n`,
  );
};
const primary = config.peers[0]!;
const isPrimary = primary.name === config.member;

function report(): MemberReport {
  const at = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
  return {
    member: config.member,
    clusterId: config.clusterId,
    incarnation: 'fake',
    agentPid: process.pid,
    mysqldPid: null,
    dataDir: `${config.directory}/mysql`,
    startedAtMs: Date.now(),
    role: isPrimary ? 'primary' : 'replica',
    voter: true,
    state: isPrimary ? 'primary' : 'following',
    why: isPrimary ? 'serves epoch 1' : `follows ${primary.name}`,
    amnesiac: false,
    fenced: false,
    promise: 1,
    raft: {
      id: config.raftId,
      role: 'follower',
      leader: 1,
      term: 1,
      commitIndex: 3,
      appliedIndex: 3,
    },
    log: {
      epoch: 1,
      phase: 'open',
      primary: primary.name,
      configVersion: 1,
      voters: config.peers.map(({ name }) => name),
      w: 1,
    },
    mysql: {
      version: '9.7.4',
      serverUuid: '00000000-0000-0000-0000-000000000000',
      gtidExecuted: '',
      gtidRetrieved: '',
      readOnly: !isPrimary,
      offline: false,
      connections: 7,
      lagMs: isPrimary ? null : 12,
      source: isPrimary ? null : `${primary.host}:${primary.mysqlPort}`,
      ioRunning: !isPrimary,
      sqlRunning: !isPrimary,
      lastError: null,
      semiSyncSource: isPrimary,
      semiSyncReplica: !isPrimary,
      unsafeCommits: 0,
    },
    errant: null,
    endpoints: {
      mysql: at(config.listen.mysql),
      primary: at(config.listen.primaryProxy),
      replicas: at(config.listen.replicasProxy),
    },
    findings: [],
    failovers: [],
    rssBytes: 1,
    eventLoopDelayP99Ms: 0,
  };
}

const routes = new RouteTable();
routes.set({
  epoch: 1,
  open: true,
  primary: { member: primary.name, host: primary.host, port: primary.mysqlPort },
  replicas: [],
});
const stop = new AbortController();
const refuse = (): never => {
  throw Object.assign(new Error('this agent is not real'), { code: 'REFUSED' });
};
// Whatever else the real API wants of an agent, this one refuses.
const deps = {
  report,
  routes,
  promise: refuse,
  health: () => {},
  switchover: refuse,
  prepare: refuse,
};
const listener = await listenHttps(createAgentApi(deps), {
  ...config.listen.api,
  tls: config.tls,
  signal: stop.signal,
});
say('fake agent runs');
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`fake agent ends by ${signal}`);
    stop.abort();
  });
}
await listener.closed;
process.exit(0);
