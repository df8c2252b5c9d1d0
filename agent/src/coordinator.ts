/** The raft leader's shell: keeps sight of the members, collects promises while an epoch is revoked, acts on core/coordinate.ts. */
import { containsGtids, formatGtidSet, type PromiseAnswer, parseGtidSet } from '@radondb/api';
import type { AgentConfig } from './agent-config.ts';
import type { Cluster } from './cluster.ts';
import { choosePrimary, type Promised } from './core/choose.ts';
import type { ClusterEntry } from './core/cluster-log.ts';
import {
  coordinate,
  type LeaderDecision,
  type LeaderView,
  type MemberSight,
} from './core/coordinate.ts';
import type { HealthTable } from './health-table.ts';
import type { Clock, Logger, Peers, RaftNode } from './ports.ts';

const TICK_MS = 50;
/** Two ticks further apart than this: the event loop stood still, and what the others sent meanwhile is not read yet. */
const STALL_MS = 200;
/** For so long after a stall nobody is called silent or lost. */
const BLIND_MS = 200;
/** Answers older than this are asked for again: they must be what the disk says now (X2). */
const ANSWER_FRESH_MS = 3_000;
const PROMISE_TIMEOUT_MS = 30_000;
const PROPOSE_TIMEOUT_MS = 2_000;

export interface CoordinatorDeps {
  readonly config: AgentConfig;
  readonly cluster: Cluster;
  readonly raft: RaftNode;
  readonly peers: Peers;
  readonly health: HealthTable;
  readonly clock: Clock;
  readonly log: Logger;
  /** This agent's own answer. */
  promiseHere(epoch: number, signal: AbortSignal): Promise<PromiseAnswer>;
}

export class Coordinator {
  readonly #deps: CoordinatorDeps;
  #leaderSinceMs: number | null = null;
  #choosableSinceMs: number | null = null;
  #collection: Collection | null = null;
  #acting = false;
  #transferredAtMs = Number.NEGATIVE_INFINITY;
  #tickedAtMs = Number.POSITIVE_INFINITY;
  #blindUntilMs = Number.NEGATIVE_INFINITY;
  #said: LeaderDecision = { do: 'wait', reason: 'NotLeader', message: '' };

  constructor(deps: CoordinatorDeps) {
    this.#deps = deps;
    deps.cluster.subscribe(() => this.tick());
    deps.health.subscribe(() => this.tick());
    deps.raft.watch(() => this.tick());
  }

  /** Why there is no open primary, as the leader sees it; null elsewhere and when all is well. */
  get obstacle(): { readonly reason: string; readonly message: string } | null {
    return this.#said.do === 'wait' && !['Open', 'NotLeader'].includes(this.#said.reason)
      ? this.#said
      : null;
  }

  async run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.tick(), TICK_MS);
    await new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    clearInterval(timer);
    this.#collection?.abort.abort();
  }

  tick(): void {
    this.#noteStall();
    const { cluster, raft, clock, config, health } = this.#deps;
    const status = raft.status();
    const connected = new Map(status.peers.map((p) => [p.id, p.connected]));
    for (const peer of config.peers)
      health.disconnectedMs(peer.name, connected.get(peer.raftId) ?? false);
    if (status.role !== 'leader' || !cluster.caughtUp) {
      this.#rest();
      return;
    }
    this.#leaderSinceMs ??= clock.monotonicMs();
    if (cluster.state.phase === 'revoked') this.#collect(cluster.state.epoch);
    else this.#endCollection();
    if (this.#acting || this.#isBlind()) return;
    const decision = coordinate(this.#view());
    if (
      decision.do !== this.#said.do ||
      (decision.do === 'wait' && this.#said.do === 'wait' && decision.reason !== this.#said.reason)
    ) {
      this.#deps.log.debug({ ...decision, choice: undefined }, 'leader decides');
    }
    this.#said = decision;
    if (decision.do === 'wait') return;
    this.#acting = true;
    void this.#act(decision)
      .catch((error: unknown) =>
        this.#deps.log.warn(
          { error: String(error), do: decision.do },
          'leader: decision not carried out',
        ),
      )
      .finally(() => {
        this.#acting = false;
        setImmediate(() => this.tick());
      });
  }

  /** A stalled leader would take its own stall for the silence of the others. What it collects for a choice is not affected. */
  #isBlind(): boolean {
    const { phase } = this.#deps.cluster.state;
    return (
      (phase === 'open' || phase === 'elected') &&
      this.#deps.clock.monotonicMs() < this.#blindUntilMs
    );
  }

  #noteStall(): void {
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#tickedAtMs > STALL_MS) this.#blindUntilMs = now + BLIND_MS;
    this.#tickedAtMs = now;
  }

  #rest(): void {
    this.#leaderSinceMs = null;
    this.#endCollection();
    this.#said = { do: 'wait', reason: 'NotLeader', message: '' };
  }

  #endCollection(): void {
    this.#collection?.abort.abort();
    this.#collection = null;
    this.#choosableSinceMs = null;
  }

  #view(): LeaderView {
    const { cluster, clock, config } = this.#deps;
    const now = clock.monotonicMs();
    const promises = this.#collection?.fresh(now) ?? [];
    const choosable =
      promises.length > 0 && choosePrimary(cluster.state, promises).kind === 'elect';
    this.#choosableSinceMs = choosable ? (this.#choosableSinceMs ?? now) : null;
    return {
      self: config.member,
      state: cluster.state,
      leaderForMs: now - (this.#leaderSinceMs ?? now),
      phaseForMs: cluster.phaseForMs,
      choosableForMs: this.#choosableSinceMs === null ? null : now - this.#choosableSinceMs,
      members: this.#sights(now),
      promises,
      unopenedEpochs: cluster.unopenedEpochs,
      founding: { clusterId: config.clusterId, voters: config.peers.map((p) => p.name) },
      failover: config.failover,
    };
  }

  #sights(now: number): ReadonlyMap<string, MemberSight> {
    const { raft, config, health, cluster } = this.#deps;
    const connections = new Map(raft.status().peers.map((p) => [p.id, p]));
    return new Map(
      config.peers.map((peer) => {
        const told = health.of(peer.name);
        const connection = connections.get(peer.raftId);
        const own = peer.name === config.member;
        const raftSilence = own ? 0 : (connection?.lastActiveAgoMs ?? Number.POSITIVE_INFINITY);
        return [
          peer.name,
          {
            health: told?.health ?? null,
            silentMs: Math.min(
              raftSilence,
              told === null ? Number.POSITIVE_INFINITY : now - told.heardAtMs,
            ),
            disconnectedMs: own
              ? null
              : health.disconnectedMs(peer.name, connection?.connected ?? false),
            notServingMs: health.notServingMs(peer.name, cluster.state.epoch),
          },
        ];
      }),
    );
  }

  async #act(decision: Exclude<LeaderDecision, { do: 'wait' }>): Promise<void> {
    const { cluster, config, clock, raft, log } = this.#deps;
    const { epoch } = cluster.state;
    const atMs = clock.unixMs();
    switch (decision.do) {
      case 'found':
        return await this.#propose({
          kind: 'found',
          clusterId: config.clusterId,
          voters: config.peers.map((p) => p.name),
        });
      case 'revoke':
        log.warn({ epoch: epoch + 1, cause: decision.cause }, 'leader revokes');
        return await this.#propose({
          kind: 'revoke',
          epoch: epoch + 1,
          cause: decision.cause,
          planned: null,
          noticedAtMs: atMs - Math.round(decision.noticedAgoMs),
          atMs,
        });
      case 'elect': {
        const { member, uuid, base } = decision.choice;
        return await this.#propose({
          kind: 'elect',
          epoch,
          primary: member,
          uuid,
          base: formatGtidSet(base),
          atMs,
        });
      }
      case 'transfer-leadership': {
        const now = clock.monotonicMs();
        const peer = config.peers.find((p) => p.name === decision.to);
        if (peer === undefined || now - this.#transferredAtMs < 2_000) return;
        this.#transferredAtMs = now;
        await raft.transferLeadership(peer.raftId, { timeoutMs: 1_000 });
        return;
      }
      default:
        return assertNever(decision);
    }
  }

  async #propose(entry: ClusterEntry): Promise<void> {
    await this.#deps.cluster.propose(entry, { timeoutMs: PROPOSE_TIMEOUT_MS });
  }

  #collect(epoch: number): void {
    if (this.#collection?.epoch !== epoch) {
      this.#endCollection();
      this.#collection = new Collection(epoch, this.#deps, () => this.tick());
    }
    this.#collection.ask();
  }
}

/** The answers of one epoch. Each voter has one question under way; an answer is asked for again when it has aged. */
class Collection {
  readonly epoch: number;
  readonly abort = new AbortController();
  readonly #deps: CoordinatorDeps;
  readonly #onAnswer: () => void;
  readonly #answers = new Map<string, { readonly promised: Promised; readonly atMs: number }>();
  readonly #asking = new Set<string>();
  readonly #retryAtMs = new Map<string, number>();

  constructor(epoch: number, deps: CoordinatorDeps, onAnswer: () => void) {
    this.epoch = epoch;
    this.#deps = deps;
    this.#onAnswer = onAnswer;
  }

  fresh(nowMs: number): readonly Promised[] {
    return [...this.#answers.values()]
      .filter((a) => nowMs - a.atMs < ANSWER_FRESH_MS)
      .map((a) => a.promised);
  }

  ask(): void {
    const { cluster, clock } = this.#deps;
    const now = clock.monotonicMs();
    for (const member of cluster.state.config.voters) {
      const known = this.#answers.get(member);
      const wanted = known === undefined || now - known.atMs > ANSWER_FRESH_MS / 2;
      if (!wanted || this.#asking.has(member) || now < (this.#retryAtMs.get(member) ?? 0)) continue;
      this.#asking.add(member);
      void this.#askOne(member).finally(() => this.#asking.delete(member));
    }
  }

  async #askOne(member: string): Promise<void> {
    const { config, peers, clock, raft, log } = this.#deps;
    const { signal } = this.abort;
    const request = {
      epoch: this.epoch,
      clusterId: config.clusterId,
      leaderTerm: raft.status().term,
    };
    try {
      const answer =
        member === config.member
          ? await this.#deps.promiseHere(this.epoch, signal)
          : await peers.promise(member, request, { signal, timeoutMs: PROMISE_TIMEOUT_MS });
      if (signal.aborted || answer.epoch !== this.epoch || answer.member !== member) return;
      this.#answers.set(member, { promised: parseAnswer(answer), atMs: clock.monotonicMs() });
      log.debug(
        { member, epoch: this.epoch, source: answer.source, whole: answer.whole },
        'promise received',
      );
      this.#onAnswer();
    } catch (error) {
      if (signal.aborted) return;
      this.#retryAtMs.set(member, clock.monotonicMs() + 100);
      log.debug({ member, error: String(error) }, 'no promise yet');
    }
  }
}

function parseAnswer(answer: PromiseAnswer): Promised {
  const executed = parseGtidSet(answer.executed);
  const content = parseGtidSet(answer.content);
  if (!containsGtids(content, executed))
    throw new Error(`${answer.member} answered less content than it executed`);
  return {
    member: answer.member,
    content,
    executed,
    purged: parseGtidSet(answer.purged),
    uuid: answer.serverUuid,
    whole: answer.whole,
    lastPrimaryEpoch: answer.lastPrimaryEpoch,
    candidate: answer.candidate,
    live: answer.source === 'live',
    priority: answer.priority,
  };
}

function assertNever(value: never): never {
  throw new Error(`unknown decision: ${JSON.stringify(value)}`);
}
