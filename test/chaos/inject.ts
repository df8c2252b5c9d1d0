import type { PlannedFault } from './fault-plan.ts';
import type { ChaosCluster, ClusterView, FaultSignal, MemberView, Target } from './ports.ts';
import type { Prober } from './prober.ts';
import { nowMs, pause, waitUntil } from './wait.ts';

export interface InjectContext {
  readonly cluster: ChaosCluster;
  /** The healthy cluster just before. */
  readonly view: ClusterView;
  readonly prober: Prober;
  readonly signal: AbortSignal;
}

/** What was done. */
export interface Injection {
  readonly startedAtMs: number;
  /** Nothing was done to the cluster after that. */
  readonly endedAtMs: number;
  /** Processes that must have gone. */
  readonly killed: readonly number[];
  /** Why the fault did not do what it is meant to do, though nothing may be wrong with the cluster. */
  readonly failure: string | null;
  readonly note: string;
}

const NEWLY_ELECTED_DEADLINE_MS = 30_000;
const SWITCHOVER_TRIES = 5;
const SWITCHOVER_AGAIN_MS = 500;
const TROUBLE_DEADLINE_MS = 5_000;
/** Longer than a commit takes; a switchover shows as a silence of the prober. */
const SILENCE_MS = 30;

/** @throws NotOursError when a process is not what the status says; nothing was sent then. */
export async function inject(fault: PlannedFault, context: InjectContext): Promise<Injection> {
  const { members } = context.view;
  const primary = memberNamed(context.view, context.view.primary);
  const others = members.filter((member) => member !== primary);
  const replica = others[Math.floor(fault.replica * others.length)] ?? primary;
  switch (fault.kind) {
    case 'kill-mysqld':
      return strike(context, [mysqldOf(primary)], 'SIGKILL');
    case 'kill-agent':
      return strike(context, [agentOf(primary)], 'SIGKILL');
    case 'sigterm-agent':
      return strike(context, [agentOf(primary)], 'SIGTERM');
    case 'kill-both':
      return strike(context, bothOf(primary, fault), 'SIGKILL');
    case 'kill-replica-mysqld':
      return strike(context, [mysqldOf(replica)], 'SIGKILL');
    case 'kill-replica-both':
      return strike(context, bothOf(replica, fault), 'SIGKILL');
    case 'kill-all':
      return strike(
        context,
        members.flatMap((member) => bothOf(member, fault)),
        'SIGKILL',
      );
    case 'sigstop-mysqld':
      return await stopAndWake(fault, context, [mysqldOf(primary)]);
    case 'sigstop-both':
      return await stopAndWake(fault, context, bothOf(primary, fault));
    case 'switchover':
      return await switchOver(context);
    case 'kill-twice':
      return await killTwice(fault, context, primary);
    case 'kill-in-switchover':
      return await killInSwitchover(fault, context, primary);
  }
}

function strike(
  context: InjectContext,
  targets: readonly Target[],
  signal: FaultSignal,
): Injection {
  const startedAtMs = nowMs();
  context.cluster.send(targets, signal);
  return {
    startedAtMs,
    endedAtMs: nowMs(),
    killed: targets.map(({ pid }) => pid),
    failure: null,
    note: targets.map(({ member, kind }) => `${member}/${kind}`).join(' '),
  };
}

async function stopAndWake(
  fault: PlannedFault,
  context: InjectContext,
  targets: readonly Target[],
): Promise<Injection> {
  const startedAtMs = nowMs();
  context.cluster.send(targets, 'SIGSTOP');
  try {
    await pause(fault.stopMs, context.signal);
  } finally {
    // Woken in this order, so that each alone has its chance to misbehave.
    for (const [index, target] of targets.entries()) {
      if (index > 0) await pause(fault.wakeGapMs, context.signal);
      context.cluster.send([target], 'SIGCONT');
    }
  }
  const note = `${targets[0]?.member} for ${fault.stopMs} ms, ${fault.first} woken first`;
  return { startedAtMs, endedAtMs: nowMs(), killed: [], failure: null, note };
}

/** A refusal with a reason is an answer too (a transaction that is too old, a replica behind): asked again a little later. */
async function switchOver({ cluster, signal }: InjectContext): Promise<Injection> {
  let firstRefusal = '';
  for (let refusals = 0; ; refusals += 1) {
    const startedAtMs = nowMs();
    const { done, text } = await cluster.switchover();
    const isLast = refusals + 1 >= SWITCHOVER_TRIES || signal.aborted;
    if (done || isLast) {
      const failure = done ? null : `switchover was refused ${refusals + 1} times: ${text}`;
      const note = refusals === 0 ? text : `${text}; after ${refusals} refusals: ${firstRefusal}`;
      return { startedAtMs, endedAtMs: nowMs(), killed: [], failure, note };
    }
    if (firstRefusal === '') firstRefusal = text;
    await pause(SWITCHOVER_AGAIN_MS, signal);
  }
}

async function killTwice(
  fault: PlannedFault,
  context: InjectContext,
  primary: MemberView,
): Promise<Injection> {
  const { prober, signal, view } = context;
  const first = strike(context, bothOf(primary, fault), 'SIGKILL');
  const elected = (): MemberView | undefined =>
    !prober.hasAnswered(first.endedAtMs)
      ? undefined
      : view.members.find(
          ({ mysqlAddress: at }) => at === prober.server?.address && at !== primary.mysqlAddress,
        );
  const deadline = { deadlineMs: NEWLY_ELECTED_DEADLINE_MS, signal };
  await waitUntil(() => elected() !== undefined, deadline);
  const second = elected();
  if (second === undefined) return { ...first, failure: 'no other member was elected' };
  await pause(fault.secondAfterMs, signal);
  const targets = fault.secondIsBoth ? bothOf(second, fault) : [mysqldOf(second)];
  const next = strike(context, targets, 'SIGKILL');
  const gapMs = Math.round(next.startedAtMs - first.startedAtMs);
  return {
    ...next,
    startedAtMs: first.startedAtMs,
    killed: [...first.killed, ...next.killed],
    note: `${first.note}, then ${next.note} after ${gapMs} ms`,
  };
}

async function killInSwitchover(
  fault: PlannedFault,
  context: InjectContext,
  primary: MemberView,
): Promise<Injection> {
  const { cluster, prober, signal } = context;
  const startedAtMs = nowMs();
  let isOver = false;
  const command = cluster.switchover().finally(() => {
    isOver = true;
  });
  if (fault.atTrouble) {
    const condition = (): boolean => isOver || prober.silenceMs() > SILENCE_MS;
    await waitUntil(condition, { deadlineMs: TROUBLE_DEADLINE_MS, signal, everyMs: 1 });
  } else {
    await pause(fault.killAfterMs, signal);
  }
  const struck = strike(context, bothOf(primary, fault), 'SIGKILL');
  const { done } = await command;
  const atMs = Math.round(struck.startedAtMs - startedAtMs);
  const note = `${struck.note} ${atMs} ms after the command, which ${done ? 'went on' : 'gave up'}`;
  return { ...struck, startedAtMs, note };
}

function memberNamed(view: ClusterView, name: string | null): MemberView {
  const member = view.members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`the status names no primary (${name})`);
  return member;
}

function agentOf({ name, agentPid }: MemberView): Target {
  if (agentPid === null) throw new Error(`the status has no agentPid for ${name}`);
  return { member: name, kind: 'agent', pid: agentPid };
}

function mysqldOf({ name, mysqldPid }: MemberView): Target {
  if (mysqldPid === null) throw new Error(`the status has no mysqldPid for ${name}`);
  return { member: name, kind: 'mysqld', pid: mysqldPid };
}

function bothOf(member: MemberView, fault: PlannedFault): readonly Target[] {
  const both = [agentOf(member), mysqldOf(member)];
  return fault.first === 'agent' ? both : both.reverse();
}
