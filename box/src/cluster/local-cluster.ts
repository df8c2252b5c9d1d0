/** What a cluster of the API looks like from this machine: endpoints on the loopback, and what its members say, every moment. */
import { createPeerClient, type PeerClient } from '@radondb/agent/http/peer-client';
import type { PeerEndpoint } from '@radondb/agent/http/peer-request';
import { RouteTable } from '@radondb/agent/proxy/route-table';
import {
  computeStatus,
  type MysqlCluster,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import { MEMBER_PORTS } from '@radondb/api/cluster-config';
import type { Logger } from 'pino';
import { type ClusterLayout, memberLayout } from '../data-folder/layout.ts';
import { messageOf } from '../errors.ts';
import type { AgentState } from '../kubelet/agent-supervisor.ts';
import type { TlsFiles } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { ServiceProxy } from '../services/service-proxy.ts';
import { writeLastStatus } from './cluster-files.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Endpoints, openEndpoints } from './endpoints.ts';
import { type FailoverHistory, openFailoverHistory } from './failover-history.ts';
import type { LocalState } from './local-state.ts';
import { type MemberPoller, pollMembers } from './member-poller.ts';
import { RouteMerger } from './route-feed.ts';
import { orderSwitchover } from './switchover.ts';
import { viewOf, withAgents } from './view-of.ts';

/** A member and the address of its pod. */
export interface LocalMember {
  readonly name: string;
  readonly host: string;
}

export interface LocalClusterOptions {
  readonly cluster: MysqlCluster;
  readonly members: readonly LocalMember[];
  readonly state: LocalState;
  readonly files: ClusterLayout;
  /** Of an operator of this cluster. */
  readonly tls: TlsFiles;
  readonly agent: (member: string) => AgentState;
  readonly log: Logger;
  readonly onChange: () => void;
}

interface Parts {
  readonly client: PeerClient;
  readonly peers: readonly PeerEndpoint[];
  readonly history: FailoverHistory;
  readonly endpoints: Endpoints;
  readonly direct: ServiceProxy;
}

export class LocalCluster {
  readonly #options: LocalClusterOptions;
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #poller: MemberPoller;
  #object: MysqlCluster;
  #seen: MysqlCluster;
  /** What was last written for the time when nothing runs. */
  #kept = '';
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: LocalClusterOptions, parts: Parts, routes: RouteTable) {
    this.#options = options;
    this.#parts = parts;
    this.#object = options.cluster;
    this.#seen = options.cluster;
    const { signal } = this.#stop;
    const { client, peers } = parts;
    this.#poller = pollMembers({ client, peers, signal, onReport: () => this.#observe() });
    const merger = new RouteMerger((route) => routes.set(route));
    for (const peer of peers) {
      const onDown = (): void => merger.lost(peer.name);
      void client.route(peer, {
        onRoute: (route) => {
          merger.told(peer.name, route);
          this.#poller.nudge();
        },
        onDown,
        signal,
      });
    }
  }

  /** The object in the API has changed. */
  update(cluster: MysqlCluster): void {
    this.#object = cluster;
    this.#observe();
  }

  view(): ClusterView {
    return viewOf({
      cluster: this.#seen,
      members: this.#options.members.map(({ name }) => name),
      report: (member) => this.#poller.report(member),
      agent: this.#options.agent,
      failovers: this.#parts.history.records,
    });
  }

  async switchover(order: SwitchoverRequest): Promise<SwitchoverAnswer> {
    const { client, peers } = this.#parts;
    const leader = this.#reports().find((it) => it.raft.leader !== null)?.raft.leader ?? null;
    const preferred = leader === null ? null : (peers[leader - 1]?.name ?? null);
    const answer = await orderSwitchover(client, peers, order, preferred);
    this.#poller.nudge();
    return answer;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#parts.direct.close();
    await this.#parts.endpoints.close();
    this.#parts.client.close();
    await this.#poller.done;
    await this.#keeping;
  }

  #reports() {
    const reports = this.#options.members.map(({ name }) => this.#poller.report(name));
    return reports.filter((report) => report !== null);
  }

  #observe(): void {
    const { members, state, files, agent } = this.#options;
    const { history, endpoints } = this.#parts;
    history.add(this.#reports().flatMap((it) => it.failovers));
    const { status: _stored, ...object } = this.#object;
    const status = computeStatus({
      cluster: object,
      reports: new Map(members.map(({ name }) => [name, this.#poller.report(name)])),
      now: new Date().toISOString(),
      previous: this.#seen.status,
      local: true,
      endpoints: { primary: endpoints.primary, replicas: endpoints.replicas },
    });
    const portOf = (member: string): number => state.ports.members[member] ?? 0;
    const whole = { ...withPorts(status, portOf), conditions: conditionsOf(status, this.#object) };
    const seen = withAgents({ ...object, status: whole }, agent, (member) => ({
      mysqlPort: portOf(member),
      dataDir: memberLayout(files, member).root,
    }));
    this.#seen = seen;
    this.#keep();
    this.#options.onChange();
  }

  /** Keeps the status on disk when something changed that is worth a write. */
  #keep(): void {
    const { status } = this.#seen;
    const members = status?.members?.map(({ name, role, state }) => [name, role, state]);
    const conditions = status?.conditions?.map(({ type, status: value }) => [type, value]);
    const key = JSON.stringify([status?.epoch, status?.primary, members, conditions]);
    if (key === this.#kept) return;
    this.#kept = key;
    const cluster = this.#seen;
    this.#keeping = this.#keeping
      .then(() => writeLastStatus(this.#options.files, cluster))
      .catch((error: unknown) =>
        this.#options.log.warn({ reason: messageOf(error) }, 'the last status cannot be kept'),
      );
  }
}

/** @throws PortInUseError when an endpoint's port is taken */
export async function openLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { members, state, files, tls, log } = options;
  const history = await openFailoverHistory(files.failoversFile, (error) =>
    log.warn({ reason: messageOf(error) }, 'the failover history cannot be kept'),
  );
  const routes = new RouteTable();
  const endpoints = await openEndpoints(state.ports, routes, log);
  const direct = new ServiceProxy(log);
  direct.use(
    new Map(
      members.map(({ name, host }) => [
        `${LOOPBACK}:${state.ports.members[name] ?? 0}`,
        [{ host, port: MEMBER_PORTS.mysql }],
      ]),
    ),
  );
  const peers = members.map(({ name, host }) => ({ name, host, apiPort: MEMBER_PORTS.api }));
  const client = createPeerClient({ tls, log });
  return new LocalCluster(options, { client, peers, history, endpoints, direct }, routes);
}

/** Members that are well, with settings of before. */
const PENDING = {
  status: 'False' as const,
  reason: 'ConfigPending',
  message: 'The members are up; what the spec says now is not applied to all of them yet.',
};

type Status = NonNullable<MysqlCluster['status']>;

/** What the members know is fresher here; what only the controller knows (rollouts, pauses) stands in the object. */
function conditionsOf(seen: Status, { metadata, status: stored }: MysqlCluster) {
  const { generation } = metadata as { readonly generation?: number };
  const isCurrent =
    stored?.observedGeneration === generation &&
    stored?.conditions?.some(({ type, status }) => type === 'ConfigApplied' && status === 'True');
  const own = (seen.conditions ?? []).map((it) =>
    it.type === 'Ready' && it.status === 'True' && isCurrent !== true ? { ...it, ...PENDING } : it,
  );
  const types = new Set(own.map(({ type }) => type));
  return [...own, ...(stored?.conditions ?? []).filter(({ type }) => !types.has(type))];
}

/** Pods have addresses of their own; from outside a member's mysqld is reached at a port of 127.0.0.1. */
function withPorts(status: Status, portOf: (member: string) => number): Status {
  if (status.members === undefined) return status;
  const members = status.members.map((member) =>
    member.local === undefined
      ? member
      : { ...member, local: { ...member.local, mysqlPort: portOf(member.name) } },
  );
  return { ...status, members };
}
