/** All parts of one member, put together and run until told to stop. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AccountsAnswer,
  AccountsRequest,
  MemberReport,
  SwitchoverAnswer,
  SwitchoverRequest,
} from '@radondb/api';
import type { Raft } from '@radondb/raft';
import { Accounts } from './accounts/accounts.ts';
import { NotPrimaryError } from './accounts/errors.ts';
import type { MemberFile } from './adapters/member-file.ts';
import type { AgentConfig, AgentCredentials, PeerConfig } from './agent-config.ts';
import type { Cluster } from './cluster.ts';
import { Coordinator } from './coordinator.ts';
import { currentPrimaryship } from './core/cluster-log.ts';
import { HealthSender } from './health-sender.ts';
import { HealthTable } from './health-table.ts';
import { createAgentApi } from './http/agent-api.ts';
import { listenHttp, listenHttps } from './http/listen.ts';
import { createMetricsApp } from './http/metrics-app.ts';
import { createPeerClient, type PeerClient } from './http/peer-client.ts';
import { Lease } from './lease.ts';
import { holdsNow, type MemberContext, MemberMemory } from './member/context.ts';
import { describeHealth, describeMember } from './member/describe.ts';
import { Member, SupersededError } from './member/member.ts';
import { Observer } from './member/observer.ts';
import { createAgentMetrics } from './metrics/agent-metrics.ts';
import { monitorEventLoop } from './metrics/event-loop.ts';
import type { Clock, Logger, MysqldServer, Peers } from './ports.ts';
import { createProxy, type TcpProxy } from './proxy/proxy.ts';
import { RouteTable } from './proxy/route-table.ts';
import { routeOf } from './routing.ts';
import { type Settings, SettingsRefusedError } from './settings.ts';

export interface AgentParts {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  readonly clock: Clock;
  readonly log: Logger;
  readonly file: MemberFile;
  readonly cluster: Cluster;
  readonly raft: Raft;
  readonly server: MysqldServer;
  /** Only in a pod: what is applied without a restart. */
  readonly settings?: Settings;
}

const ROUTE_REFRESH_MS = 500;
const STOP_SWITCHOVER_MS = 5_000;

export class Agent {
  readonly #parts: AgentParts;
  readonly #context: MemberContext;
  readonly #client: PeerClient;
  readonly #member: Member;
  readonly #observer: Observer;
  readonly #coordinator: Coordinator;
  readonly #health: HealthTable;
  readonly #sender: HealthSender;
  readonly #accounts: Accounts;
  readonly #routes = new RouteTable();
  readonly #metrics = createAgentMetrics();
  readonly #loop = monitorEventLoop();
  readonly #startedAtMs: number;
  #sequence: number;
  #leaderChanges = 0;
  #proxies: { readonly primary: TcpProxy; readonly replicas: TcpProxy } | null = null;

  constructor(parts: AgentParts) {
    const { config, clock, log, cluster, raft } = parts;
    this.#parts = parts;
    this.#startedAtMs = clock.unixMs();
    this.#sequence = this.#startedAtMs;
    this.#client = createPeerClient({ tls: config.tls, log });
    const peers = peersOf(config, this.#client);
    const lease = new Lease({ clock, leaseMs: config.times.leaseMs });
    this.#context = { ...parts, lease, peers, memory: new MemberMemory() };
    cluster.attach(raft);
    this.#health = new HealthTable(clock);
    this.#member = new Member(this.#context, () => this.#changed());
    this.#observer = new Observer(this.#context, () => this.#changed());
    this.#sender = new HealthSender({
      peers,
      names: this.#others().map((p) => p.name),
      table: this.#health,
      describe: () => describeHealth(this.#context, this.#member, ++this.#sequence),
      log,
    });
    const { agent, replication } = parts.credentials;
    this.#accounts = new Accounts({
      write: (options, work) => parts.server.sql.write(options, work),
      ownUsers: [agent.user, replication.user],
      ...{ clock, log },
    });
    this.#coordinator = new Coordinator({
      ...{ config, cluster, raft, peers, health: this.#health, clock, log },
      promiseHere: (epoch, signal) =>
        this.#member.promise(
          { epoch, clusterId: config.clusterId, leaderTerm: raft.status().term },
          signal,
        ),
    });
  }

  /** Resolves when the signal aborts and everything that listens is closed. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, raft, log, cluster, server } = this.#parts;
    const leaseHolder = (): boolean => currentPrimaryship(cluster.state)?.primary === config.member;
    this.#health.subscribe(() => this.#route());
    raft.watch((event) => {
      if (event.type === 'leadership') this.#leaderChanges += 1;
    });
    this.#context.memory.hasData = await server.hasData();
    const listeners = [
      await listenHttps(this.#api(), { ...config.listen.api, tls: config.tls, signal, log }),
      await listenHttp(this.#metricsApp(), { ...config.listen.metrics, signal }),
    ];
    await this.#startProxies();
    const release = this.#others().map((peer) => this.#client.warm(peer));
    await rm(join(config.directory, 'agent', 'fatal.json'), { force: true });
    log.info({ pid: process.pid, raftId: config.raftId }, 'agent runs');
    const refresh = setInterval(() => this.#route(), ROUTE_REFRESH_MS);
    await Promise.all([
      this.#catchUp(signal),
      this.#member.run(signal),
      this.#observer.run(signal),
      this.#coordinator.run(signal),
      this.#sender.run(signal),
      this.#context.lease.keep(raft, leaseHolder, signal),
    ]);
    clearInterval(refresh);
    for (const end of release) end();
    await Promise.all([this.#proxies?.primary.close(), this.#proxies?.replicas.close()]);
    this.#client.close();
    await Promise.all(listeners.map((l) => l.closed));
    this.#loop.close();
  }

  /** Before the end of the process: hands over if asked and possible, then brings mysqld down without releasing a commit in doubt. */
  async stop(switchover: boolean): Promise<void> {
    const { cluster, config, log } = this.#parts;
    const primary =
      cluster.state.phase === 'open' &&
      currentPrimaryship(cluster.state)?.primary === config.member;
    if (switchover && primary && this.#others().length > 0) {
      try {
        const signal = AbortSignal.timeout(STOP_SWITCHOVER_MS);
        const answer = await this.#member.switchover(
          { to: null, timeoutMs: STOP_SWITCHOVER_MS },
          signal,
        );
        log.info({ ...answer }, 'handed over before stopping');
      } catch (error) {
        log.warn({ error: String(error) }, 'stopping without a hand-over');
      }
    }
    await this.#member.stop();
  }

  /** X7, X8: nothing is acted on until the log is caught up to a leader's commit. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { raft, cluster, log } = this.#parts;
    while (!signal.aborted && !cluster.caughtUp) {
      try {
        await raft.read({ consistency: 'read-index', timeoutMs: 2_000, signal });
        log.info(
          { epoch: cluster.state.epoch, phase: cluster.state.phase },
          'caught up with the cluster log',
        );
        cluster.markCaughtUp();
      } catch (error) {
        log.debug({ error: String(error) }, 'not caught up yet');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  #others(): readonly PeerConfig[] {
    const { config } = this.#parts;
    return config.peers.filter((p) => p.name !== config.member);
  }

  #changed(): void {
    this.#sender.changed();
    this.#route();
  }

  #route(): void {
    const { cluster, config, clock } = this.#parts;
    this.#routes.set(
      routeOf({
        state: cluster.state,
        peers: config.peers,
        health: this.#health,
        nowMs: clock.monotonicMs(),
        caughtUp: cluster.caughtUp,
      }),
    );
  }

  async #startProxies(): Promise<void> {
    const { config, log } = this.#parts;
    const common = { routes: this.#routes, log };
    const primary = createProxy({ listen: config.listen.primaryProxy, kind: 'primary', ...common });
    const replicas = createProxy({
      listen: config.listen.replicasProxy,
      kind: 'replicas',
      ...common,
    });
    await Promise.all([primary.start(), replicas.start()]);
    this.#proxies = { primary, replicas };
  }

  #api() {
    const { settings, server } = this.#parts;
    return createAgentApi({
      report: () => this.#report(),
      routes: this.#routes,
      promise: (request, _caller, signal) => {
        if (request.clusterId !== this.#parts.config.clusterId)
          throw new SupersededError('of another cluster');
        return this.#member.promise(request, signal);
      },
      health: (health) => this.#health.hear(health),
      switchover: (request, signal) => this.#switchover(request, signal),
      mark: (epoch) => this.#member.mark(epoch),
      ...(settings === undefined
        ? {}
        : {
            configure: async (request) => {
              if (server.state !== 'up')
                throw new SettingsRefusedError('mysqld does not run now: ask again');
              await settings.apply(request, (changes) => server.sql.setGlobals(changes));
            },
          }),
      accounts: (request, signal) => this.#applyAccounts(request, signal),
      log: this.#parts.log,
    });
  }

  /** Any member takes the request; the primary carries it out. */
  async #switchover(request: SwitchoverRequest, caller: AbortSignal): Promise<SwitchoverAnswer> {
    const { cluster, config } = this.#parts;
    const signal = AbortSignal.any([caller, AbortSignal.timeout(request.timeoutMs)]);
    const primary = currentPrimaryship(cluster.state)?.primary;
    if (primary !== undefined && primary !== config.member && cluster.state.phase === 'open') {
      return await this.#context.peers.switchover(primary, request, { signal });
    }
    return await this.#member.switchover(request, signal);
  }

  /** @throws NotPrimaryError unless this member is open for clients now */
  async #applyAccounts(request: AccountsRequest, signal: AbortSignal): Promise<AccountsAnswer> {
    const { cluster, config } = this.#parts;
    const { memory } = this.#context;
    const primary = currentPrimaryship(cluster.state)?.primary ?? null;
    const isOpen =
      cluster.state.phase === 'open' && holdsNow(memory.serving, this.#context) !== null;
    if (primary !== config.member || !isOpen)
      throw new NotPrimaryError(primary === config.member ? null : primary);
    return await this.#accounts.apply(request, signal);
  }

  async #report(): Promise<MemberReport> {
    const { server, raft, config } = this.#parts;
    const { memory } = this.#context;
    if (server.state === 'up' && !memory.hung) {
      // Fresh, for whoever compares GTID sets; a server that is slow to answer is reported as it was last seen.
      memory.observation = await server.sql.observe(500).catch(() => memory.observation);
    }
    const report = describeMember(this.#context, this.#member, {
      raftId: config.raftId,
      raft: raft.status(),
      route: this.#routes.current(),
      startedAtMs: this.#startedAtMs,
      eventLoopDelayP99Ms: this.#loop.p99Ms(),
      rssBytes: process.memoryUsage.rss(),
    });
    const { obstacle } = this.#coordinator;
    const { settings } = this.#parts;
    const whole =
      settings === undefined
        ? report
        : {
            ...report,
            restartRevision: settings.restartRevision,
            configRevision: settings.revision,
          };
    if (obstacle === null) return whole;
    return {
      ...whole,
      findings: [
        ...report.findings,
        { type: 'Available', status: 'False', reason: obstacle.reason, message: obstacle.message },
      ],
    };
  }

  #metricsApp() {
    const { raft, server, cluster } = this.#parts;
    return createMetricsApp({
      health: () => {
        const { memory } = this.#context;
        const ready = memory.serving !== null || memory.readable !== null;
        return {
          live: true,
          ready: ready && server.state === 'up' && cluster.caughtUp,
          why: this.#member.why,
        };
      },
      metrics: async () => {
        const proxies = this.#proxies;
        const { p50Ms, p99Ms } = raft.status().fsync;
        this.#metrics.update(await this.#report(), {
          leaderChanges: this.#leaderChanges,
          fsyncMs: { p50: p50Ms, p99: p99Ms },
          leaseRemainingMs: this.#context.lease.valid ? this.#context.lease.remainingMs : null,
          mysqldRestarts: Math.max(0, server.generation - 1),
          ...(proxies === null
            ? {}
            : {
                proxies: {
                  primary: proxies.primary.counters(),
                  replicas: proxies.replicas.counters(),
                },
              }),
        });
        return await this.#metrics.text();
      },
    });
  }
}

function peersOf(config: AgentConfig, client: PeerClient): Peers {
  const endpoint = (name: string): PeerConfig => {
    const peer = config.peers.find((p) => p.name === name);
    if (peer === undefined) throw new Error(`the configuration names no member ${name}`);
    return peer;
  };
  return {
    promise: (member, request, options) => client.promise(endpoint(member), request, options),
    health: (member, health) => client.health(endpoint(member), health, { timeoutMs: 1_000 }),
    mark: (member, epoch, options) => client.mark(endpoint(member), epoch, options),
    status: (member, options) => client.status(endpoint(member), options),
    switchover: (member, request, options) => client.switchover(endpoint(member), request, options),
  };
}
