/**
 * What the raft leader does next for the cluster: found it, revoke an epoch whose primary is lost, choose among the
 * promises, hand leadership to the primary. Pure: the shell (agent/src/coordinator.ts) gathers the view and acts.
 */
import type { MemberHealth } from '@radondb/api';
import { type Choice, choosePrimary, type Promised } from './choose.ts';
import { type ClusterState, currentPrimaryship, lastOpened, quorumOf } from './cluster-log.ts';

/** What the leader knows about one member now; ages in milliseconds. */
export interface MemberSight {
  readonly health: MemberHealth | null;
  /** Since anything was heard from it: raft traffic or a health report. */
  readonly silentMs: number;
  /** How long its raft connection has been broken; null while connected. The leader itself is always connected. */
  readonly disconnectedMs: number | null;
  /** How long it has not reported that it serves the current epoch. */
  readonly notServingMs: number;
}

export interface LeaderView {
  readonly self: string;
  readonly state: ClusterState;
  readonly leaderForMs: number;
  /** Since the current phase was applied here. */
  readonly phaseForMs: number;
  /** Since the answers first sufficed for a choice; null when they do not. */
  readonly choosableForMs: number | null;
  readonly members: ReadonlyMap<string, MemberSight>;
  readonly promises: readonly Promised[];
  /** Epochs begun since the last one that opened. */
  readonly unopenedEpochs: number;
  readonly founding: { readonly clusterId: string; readonly voters: readonly string[] };
  readonly failover: { readonly enabled: boolean; readonly delayMs: number };
}

export type LeaderDecision =
  | { readonly do: 'found' }
  | { readonly do: 'revoke'; readonly cause: string; readonly noticedAgoMs: number }
  | { readonly do: 'elect'; readonly choice: Extract<Choice, { kind: 'elect' }> }
  | { readonly do: 'transfer-leadership'; readonly to: string }
  | { readonly do: 'wait'; readonly reason: string; readonly message: string };

export interface CoordinationTimes {
  /** A broken connection for this long counts as the death of the process behind it. */
  readonly brokenMs: number;
  /** Silence for this long counts as the loss of the member. */
  readonly silenceMs: number;
  /** An open primary whose mysqld is up may take this long to let clients in; a switchover that is taken back and a lapse of the lease fit in. */
  readonly openingMs: number;
  /** Health reports of a serving primary may stay away for this long while raft still hears its agent. */
  readonly reportMs: number;
  /** How long the elected may take to prepare and open, before back-off. */
  readonly prepareMs: number;
  /** How much longer to wait for a voter that is alive, once a choice is possible. */
  readonly patienceMs: number;
  /** At the very first start: how long to wait for all voters rather than a quorum. */
  readonly foundingMs: number;
}

export const COORDINATION_TIMES: CoordinationTimes = Object.freeze({
  brokenMs: 80,
  silenceMs: 1_000,
  openingMs: 5_000,
  reportMs: 5_000,
  prepareMs: 30_000,
  patienceMs: 15,
  foundingMs: 20_000,
});

const ALL_IS_WELL: LeaderDecision = { do: 'wait', reason: 'Open', message: 'the primary serves' };

export function coordinate(
  view: LeaderView,
  times: CoordinationTimes = COORDINATION_TIMES,
): LeaderDecision {
  const { state } = view;
  switch (state.phase) {
    case 'none':
      return state.clusterId === null ? { do: 'found' } : firstEpoch(view, times);
    case 'revoked':
      return chooseNow(view, times);
    case 'elected':
      return watchElected(view, times);
    case 'open':
      return watchOpen(view, times);
    default:
      return assertNever(state.phase);
  }
}

function firstEpoch(view: LeaderView, times: CoordinationTimes): LeaderDecision {
  const { voters } = view.state.config;
  const ready = voters.filter((v) => view.members.get(v)?.health?.mysqld === 'up');
  const enough =
    ready.length === voters.length ||
    (ready.length >= quorumOf(voters.length) && view.phaseForMs > times.foundingMs);
  if (enough) return { do: 'revoke', cause: 'first start of the cluster', noticedAgoMs: 0 };
  return {
    do: 'wait',
    reason: 'Initialising',
    message: `${ready.length} of ${voters.length} voters have initialised their mysqld`,
  };
}

function chooseNow(view: LeaderView, times: CoordinationTimes): LeaderDecision {
  const { state } = view;
  const planned = state.revoke?.planned ?? null;
  const sticky =
    view.failover.enabled || planned !== null ? null : (lastOpened(state)?.primary ?? null);
  const choice = choosePrimary(state, view.promises, {
    prefer: planned?.to ?? sticky,
    only: sticky,
  });
  if (choice.kind !== 'elect')
    return { do: 'wait', reason: choice.reason, message: choice.message };
  const patience = planned !== null ? 10 * times.patienceMs : times.patienceMs;
  const waited = view.choosableForMs ?? 0;
  const awaited = expectedSoon(view, planned !== null);
  if (awaited.length > 0 && waited < patience) {
    return {
      do: 'wait',
      reason: 'MoreAnswers',
      message: `waiting ${patience} ms for ${awaited.join(', ')}`,
    };
  }
  return { do: 'elect', choice };
}

/** Voters that are alive and have not answered. The old primary is never waited for, unless it hands over by plan. */
function expectedSoon(view: LeaderView, planned: boolean): readonly string[] {
  const answered = new Set(view.promises.map((p) => p.member));
  const old = lastOpened(view.state)?.primary;
  return view.state.config.voters.filter((v) => {
    const sight = view.members.get(v);
    const alive = sight !== undefined && sight.disconnectedMs === null && sight.silentMs < 300;
    return !answered.has(v) && alive && (planned || v !== old);
  });
}

function watchElected(view: LeaderView, times: CoordinationTimes): LeaderDecision {
  const current = currentPrimaryship(view.state);
  if (current === null) return ALL_IS_WELL;
  const name = current.primary;
  const sight = view.members.get(name);
  const limitMs = times.prepareMs * 2 ** Math.min(view.unopenedEpochs, 5);
  const lost = lossOf(view, name, times);
  const refusal =
    sight?.health?.epoch === view.state.epoch && !sight.health.candidate ? sight.health.why : null;
  const cause =
    lost?.cause ??
    (refusal !== null ? `${name} cannot open epoch ${view.state.epoch}: ${refusal}` : null) ??
    (view.phaseForMs > limitMs
      ? `${name} did not open epoch ${view.state.epoch} within ${limitMs} ms`
      : null);
  if (cause === null)
    return {
      do: 'wait',
      reason: 'Preparing',
      message: `${name} prepares epoch ${view.state.epoch}`,
    };
  const backOffMs = view.unopenedEpochs <= 2 ? 0 : Math.min(100 * 2 ** view.unopenedEpochs, 5_000);
  if (view.phaseForMs < backOffMs) return { do: 'wait', reason: 'BackOff', message: cause };
  return { do: 'revoke', cause, noticedAgoMs: lost?.agoMs ?? 0 };
}

function watchOpen(view: LeaderView, times: CoordinationTimes): LeaderDecision {
  const current = currentPrimaryship(view.state);
  if (current === null) return ALL_IS_WELL;
  const name = current.primary;
  const sight = view.members.get(name);
  const trouble = lossOf(view, name, times) ?? mysqldTrouble(view, name, sight, times);
  if (trouble === null) return leadershipToPrimary(view, name, sight);
  if (!view.failover.enabled && !canReopen(sight)) {
    return {
      do: 'wait',
      reason: 'FailoverDisabled',
      message: `${trouble.cause}; automatic failover is off (spec.ha.failover.enabled): start ${name}, or run a switchover`,
    };
  }
  if (trouble.agoMs < view.failover.delayMs) {
    return {
      do: 'wait',
      reason: 'FailoverDelay',
      message: `${trouble.cause}; waiting ${view.failover.delayMs} ms (spec.ha.failover.delay)`,
    };
  }
  return {
    do: 'revoke',
    cause: trouble.cause,
    noticedAgoMs: trouble.noticedAgoMs ?? trouble.agoMs,
  };
}

/** With failover off the same member may come back as primary: its agent is there, only its mysqld has ended. */
function canReopen(sight: MemberSight | undefined): boolean {
  return sight !== undefined && sight.disconnectedMs === null && sight.health !== null;
}

interface Trouble {
  readonly cause: string;
  /** At most so long ago it began. */
  readonly agoMs: number;
  /** When it was noticed, where that is later than it can have begun. */
  readonly noticedAgoMs?: number;
}

function lossOf(view: LeaderView, name: string, times: CoordinationTimes): Trouble | null {
  const sight = view.members.get(name);
  if (sight === undefined) return { cause: `${name} is unknown`, agoMs: 0 };
  if (sight.disconnectedMs !== null && sight.disconnectedMs >= times.brokenMs) {
    return { cause: `the connection to ${name} broke`, agoMs: sight.disconnectedMs };
  }
  // Never heard by this agent at all: it may have started just now, so its silence counts from when it began to lead.
  const silentMs = Number.isFinite(sight.silentMs) ? sight.silentMs : view.leaderForMs;
  if (silentMs >= times.silenceMs) return { cause: `${name} is silent`, agoMs: silentMs };
  return null;
}

function mysqldTrouble(
  view: LeaderView,
  name: string,
  sight: MemberSight | undefined,
  times: CoordinationTimes,
): Trouble | null {
  const health = sight?.health ?? null;
  if (health === null || sight === undefined) return null;
  const dead = health.mysqld !== 'up' && health.mysqld !== 'starting';
  const agoMs = Math.min(sight.notServingMs, view.phaseForMs);
  // Before what it serves: a mysqld that hangs still has its clients (ha.md, "Notice", d).
  if (dead && health.epoch >= view.state.epoch) {
    const cause = `mysqld of ${name} ${mysqldVerb(health.mysqld)}`;
    // Its agent saw the exit and said so at once; a hang was only found after a while.
    return health.mysqld === 'hung'
      ? { cause, agoMs }
      : { cause, agoMs, noticedAgoMs: sight.silentMs };
  }
  if (health.serving === view.state.epoch) {
    return agoMs > times.reportMs ? { cause: `${name} reports no more`, agoMs } : null;
  }
  if (agoMs > times.openingMs) return { cause: `${name} does not serve: ${health.why}`, agoMs };
  return null;
}

function mysqldVerb(mysqld: MemberHealth['mysqld']): string {
  return mysqld === 'exited' ? 'exited' : mysqld === 'hung' ? 'does not answer' : 'is down';
}

/** A silent death of a member other than the primary then costs no write: the lease depends on no other member alone. */
function leadershipToPrimary(
  view: LeaderView,
  name: string,
  sight: MemberSight | undefined,
): LeaderDecision {
  const well =
    sight?.health?.serving === view.state.epoch &&
    sight.disconnectedMs === null &&
    sight.silentMs < 500;
  if (name === view.self || !well || view.leaderForMs < 1_000 || view.phaseForMs < 500)
    return ALL_IS_WELL;
  return { do: 'transfer-leadership', to: name };
}

function assertNever(value: never): never {
  throw new Error(`unknown phase: ${String(value)}`);
}
