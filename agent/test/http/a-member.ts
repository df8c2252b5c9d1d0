/** A member's API on a free port, for tests. */
import type { TestContext } from 'node:test';
import type { MemberHealth, MemberReport, PromiseAnswer, PromiseRequest } from '@radondb/api';
import { type AgentApiDeps, createAgentApi } from '../../src/http/agent-api.ts';
import { type Listener, listenHttps } from '../../src/http/listen.ts';
import type { PeerEndpoint } from '../../src/http/peer-request.ts';
import type { TlsFilePaths } from '../../src/http/tls-files.ts';
import { RouteTable } from '../../src/proxy/route-table.ts';

export const HOST = '127.0.0.1';

export function aReport(fields: Partial<MemberReport> = {}): MemberReport {
  return {
    member: 'demo-0',
    clusterId: 'c',
    incarnation: 'disk-1',
    agentPid: 1,
    mysqldPid: 2,
    dataDir: '/data',
    startedAtMs: 1_000,
    role: 'replica',
    voter: true,
    state: 'following',
    why: 'all is well',
    amnesiac: false,
    fenced: false,
    promise: 3,
    raft: { id: 1, role: 'follower', leader: 2, term: 5, commitIndex: 9, appliedIndex: 9 },
    log: {
      epoch: 3,
      phase: 'open',
      primary: 'demo-1',
      configVersion: 1,
      voters: ['demo-0', 'demo-1', 'demo-2'],
      w: 1,
    },
    mysql: null,
    errant: null,
    endpoints: { mysql: 'a:1', primary: 'a:2', replicas: 'a:3' },
    findings: [],
    failovers: [],
    rssBytes: 50_000_000,
    eventLoopDelayP99Ms: 2,
    ...fields,
  };
}

export const A_PROMISE_REQUEST: PromiseRequest = { epoch: 4, clusterId: 'c', leaderTerm: 5 };

export function aPromise(fields: Partial<PromiseAnswer> = {}): PromiseAnswer {
  return {
    member: 'demo-0',
    epoch: 4,
    content: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5',
    executed: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5',
    purged: '',
    serverUuid: '3e11fa47-71ca-11e1-9e33-c80aa9429562',
    amnesiac: false,
    whole: true,
    clonedSince: false,
    lastPrimaryEpoch: null,
    source: 'live',
    candidate: true,
    reason: null,
    priority: 0,
    ...fields,
  };
}

export function aHealth(fields: Partial<MemberHealth> = {}): MemberHealth {
  return {
    member: 'demo-1',
    epoch: 3,
    serving: null,
    mysqld: 'up',
    candidate: true,
    why: '',
    sequence: 1,
    bootId: 'b',
    purged: '',
    executed: '',
    retrieved: '',
    synced: true,
    ...fields,
  };
}

export interface Member {
  readonly routes: RouteTable;
  readonly healths: { health: MemberHealth; caller: string }[];
  readonly peer: PeerEndpoint;
  readonly listener: Listener;
  /** Ends its listener, as the end of its process would. */
  stop(): Promise<void>;
}

export async function aMember(
  t: TestContext,
  tls: TlsFilePaths,
  options: { deps?: Partial<AgentApiDeps>; port?: number; name?: string; tlsPollMs?: number } = {},
): Promise<Member> {
  const routes = new RouteTable();
  const healths: Member['healths'] = [];
  const deps: AgentApiDeps = {
    report: () => aReport(),
    routes,
    promise: async (request) => aPromise({ epoch: request.epoch }),
    health: (health, caller) => healths.push({ health, caller }),
    switchover: async () => ({ from: 'demo-0', to: 'demo-1', epoch: 5, writesShutMs: 12 }),
    ...options.deps,
  };
  const end = new AbortController();
  const listener = await listenHttps(createAgentApi(deps), {
    host: HOST,
    port: options.port ?? 0,
    tls,
    signal: end.signal,
    tlsPollMs: options.tlsPollMs ?? 60_000,
  });
  const stop = async (): Promise<void> => {
    end.abort();
    await listener.closed;
  };
  t.after(stop);
  const peer = { name: options.name ?? 'demo-0', host: HOST, apiPort: listener.port };
  return { routes, healths, peer, listener, stop };
}
