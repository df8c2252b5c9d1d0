import type { PeerConfig } from '@radondb/agent/agent-config';
import { createPeerClient, type PeerClient } from '@radondb/agent/http/peer-client';
import type { EventLog } from '@radondb/agent/proxy/event-log';
import {
  computeStatus,
  type MysqlCluster,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import { type ClusterLayout, clusterLayout, memberLayout } from '../data-folder/layout.ts';
import { messageOf } from '../errors.ts';
import { agentCommand, agentEnvironment } from '../kubelet/agent-command.ts';
import { AgentGroup } from '../kubelet/agent-group.ts';
import { AgentSupervisor } from '../kubelet/agent-supervisor.ts';
import { portsOf } from './agent-config.ts';
import { writeLastStatus } from './cluster-files.ts';
import { type ClusterState, writeClusterState } from './cluster-state.ts';
import type { ClusterView } from './cluster-view.ts';
import { type Endpoints, openEndpoints } from './endpoints.ts';
import { type FailoverHistory, openFailoverHistory } from './failover-history.ts';
import { type MemberPoller, pollMembers } from './member-poller.ts';
import { OpenedGate } from './opened-gate.ts';
import { type Surroundings, writeClusterFiles } from './prepare.ts';
import { RouteMerger } from './route-feed.ts';
import { orderSwitchover } from './switchover.ts';
import { viewOf, withAgents } from './view-of.ts';

export interface ClusterRuntimeOptions extends Surroundings {
  readonly cluster: MysqlCluster;
  readonly state: ClusterState;
  readonly env: NodeJS.ProcessEnv;
  readonly log: EventLog;
  readonly onChange: () => void;
  /** The agent's program; default: the one of this workspace. */
  readonly agentEntryPoint: string;
}

interface Parts {
  readonly files: ClusterLayout;
  readonly peers: readonly PeerConfig[];
  readonly client: PeerClient;
  readonly history: FailoverHistory;
  readonly gate: OpenedGate;
  readonly endpoints: Endpoints;
  readonly agents: AgentGroup;
}

/** One cluster that runs: its agents, what they say, and the endpoints that lead to them. */
export class ClusterRuntime {
  readonly name: string;
  readonly #options: ClusterRuntimeOptions;
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #poller: MemberPoller;
  #cluster: MysqlCluster;
  /** What was last written for the time when nothing runs. */
  #kept = '';
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: ClusterRuntimeOptions, parts: Parts) {
    this.name = options.cluster.metadata.name;
    this.#options = options;
    this.#parts = parts;
    this.#cluster = options.cluster;
    const { signal } = this.#stop;
    const { client, peers, gate } = parts;
    this.#poller = pollMembers({ client, peers, signal, onReport: () => this.#observe() });
    const merger = new RouteMerger((route) => gate.pass(route));
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
    parts.agents.start();
  }

  view(): ClusterView {
    return viewOf({
      cluster: this.#cluster,
      members: this.#options.state.members,
      report: (member) => this.#poller.report(member),
      agent: (member) => this.#parts.agents.state(member),
      failovers: this.#parts.history.records,
    });
  }

  async switchover(order: SwitchoverRequest): Promise<SwitchoverAnswer> {
    const { members } = this.#options.state;
    const leader = this.#reports().find((it) => it.raft.leader !== null)?.raft.leader ?? null;
    const preferred = leader === null ? null : (members[leader - 1] ?? null);
    const { client, peers } = this.#parts;
    const answer = await orderSwitchover(client, peers, order, preferred);
    this.#poller.nudge();
    return answer;
  }

  /** Stops everything in order; the data stays. */
  async stop(): Promise<void> {
    const primary = this.#cluster.status?.primary ?? null;
    await this.#parts.endpoints.close();
    await this.#parts.agents.stop(primary);
    await this.#end();
  }

  /** Ends everything now. */
  kill(): void {
    this.#parts.agents.kill();
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    this.#parts.client.close();
    await this.#poller.done;
    await this.#keeping;
  }

  #reports() {
    const reports = this.#options.state.members.map((name) => this.#poller.report(name));
    return reports.filter((report) => report !== null);
  }

  #observe(): void {
    const { gate, history, endpoints } = this.#parts;
    const reports = this.#reports();
    if (!gate.isOpened && reports.some((it) => it.log.phase === 'open')) {
      // Nobody hears of an open cluster before that is durable.
      gate.opened().then(
        () => this.#observe(),
        (error: unknown) => this.#warn('the cluster state cannot be written', error),
      );
      return;
    }
    history.add(reports.flatMap((it) => it.failovers));
    const { members } = this.#options.state;
    const status = computeStatus({
      cluster: this.#options.cluster,
      reports: new Map(members.map((name) => [name, this.#poller.report(name)])),
      now: new Date().toISOString(),
      previous: this.#cluster.status,
      local: true,
      endpoints: { primary: endpoints.primary, replicas: endpoints.replicas },
    });
    const { endpoints: _, ...rest } = status;
    const seen = { ...this.#options.cluster, status: gate.isOpened ? status : rest };
    this.#cluster = withAgents(
      seen,
      (member) => this.#parts.agents.state(member),
      (member) => ({
        mysqlPort: portsOf(this.#options.state, member).mysql,
        dataDir: memberLayout(this.#parts.files, member).root,
      }),
    );
    this.#keep();
    this.#options.onChange();
  }

  /** Keeps the status on disk when something changed that is worth a write. */
  #keep(): void {
    const { status } = this.#cluster;
    const members = status?.members?.map(({ name, role, state }) => [name, role, state]);
    const conditions = status?.conditions?.map(({ type, status: value }) => [type, value]);
    const key = JSON.stringify([status?.epoch, status?.primary, members, conditions]);
    if (key === this.#kept) return;
    this.#kept = key;
    const cluster = this.#cluster;
    this.#keeping = this.#keeping
      .then(() => writeLastStatus(this.#parts.files, cluster))
      .catch((error: unknown) => this.#warn('the last status cannot be kept', error));
  }

  #warn(message: string, error: unknown): void {
    this.#options.log.warn({ cluster: this.name, reason: messageOf(error) }, message);
  }
}

/**
 * Writes what the agents read, opens the endpoints and starts the agents.
 *
 * @throws PortInUseError when an endpoint's port is taken
 */
export async function startCluster(options: ClusterRuntimeOptions): Promise<ClusterRuntime> {
  const { layout, cluster, log, pki } = options;
  const { name } = cluster.metadata;
  const files = clusterLayout(layout, name);
  let state = options.state;
  const configs = await writeClusterFiles(options, cluster, state);
  const gate = new OpenedGate(state.everOpen, async () => {
    state = { ...state, everOpen: true };
    await writeClusterState(files.stateFile, state);
    // An agent that is started again must not begin a raft log any more.
    await writeClusterFiles(options, cluster, state);
  });
  const history = await openFailoverHistory(files.failoversFile, (error) =>
    log.warn({ cluster: name, reason: messageOf(error) }, 'the failover history cannot be kept'),
  );
  const endpoints = await openEndpoints(state.ports, gate.routes, log);
  const client = createPeerClient({ tls: await pki.operator(), log });
  const [first] = configs.values();
  const agents = new AgentGroup(
    state.members.map((member) => superviseMember(options, files, member)),
  );
  return new ClusterRuntime(options, {
    files,
    peers: first?.peers ?? [],
    client,
    history,
    gate,
    endpoints,
    agents,
  });
}

function superviseMember(
  options: ClusterRuntimeOptions,
  files: ClusterLayout,
  member: string,
): AgentSupervisor {
  const layout = memberLayout(files, member);
  return new AgentSupervisor({
    member,
    command: agentCommand({
      entryPoint: options.agentEntryPoint,
      configFile: layout.agentConfigFile,
      setpriv: options.setpriv,
    }),
    env: agentEnvironment(options.env),
    directory: layout.root,
    logFile: layout.agentLog,
    fatalFile: layout.fatalFile,
    onChange: options.onChange,
  });
}
