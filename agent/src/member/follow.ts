/** A member follows the primary of an epoch: by I5 nothing is dropped before its time, and what never happened is not applied. */
import { containsGtids, EMPTY_GTIDS, formatGtidSet, parseGtidSet, unionGtids } from '@radondb/api';
import type { Primaryship } from '../core/cluster-log.ts';
import { type FollowPlan, isWholeAgain, planFollow } from '../core/content.ts';
import { type MemberContext, mayAcknowledge, sourceOf, startServer } from './context.ts';

const TRIM_SLICES = 20;
const TRIM_SLICE_MS = 1_000;
const BASE_SLICE_MS = 10_000;

type TrimPlan = Extract<FollowPlan, { kind: 'trim' }>;

export async function followPrimary(
  context: MemberContext,
  primaryship: Primaryship,
  signal: AbortSignal,
): Promise<void> {
  const { server, file, memory } = context;
  if (server.state === 'down') {
    const disk = await server.scan();
    const plan = planFollow({ kept: disk.binlog, relayed: disk.relayLog }, primaryship);
    if (plan.kind === 'reseed') return mustReseed(context, plan);
    await startServer(context, signal);
  }
  const held = await server.sql.content();
  const plan = planFollow({ kept: held.executed, relayed: held.retrieved }, primaryship);
  if (plan.kind === 'reseed') return mustReseed(context, plan);
  memory.errant = null;
  if (plan.kind === 'trim') {
    const after = await trimRelayLog(context, { plan, primaryship }, signal);
    if (after.kind === 'reseed') return mustReseed(context, after);
  }
  signal.throwIfAborted();
  if (file.record.promise !== primaryship.epoch) return;
  await point(context, primaryship);
  await file.update({ inService: null, configVersion: context.cluster.state.config.version });
  memory.following = { epoch: primaryship.epoch, generation: server.generation };
}

async function point(context: MemberContext, primaryship: Primaryship): Promise<void> {
  const { server, memory } = context;
  try {
    if (!(await server.sql.denyWrites(1_000)))
      throw new Error('a statement holds up super_read_only');
    await server.sql.retireSource();
    await server.sql.follow(sourceOf(context, primaryship), {
      acknowledge: mayAcknowledge(context),
    });
  } catch (error) {
    // It may still take effect after this; a promise must then not believe that the receiver is stopped.
    memory.uncertain = true;
    throw error;
  }
}

/**
 * X12: what lies before the void is applied first; what cannot be is admitted as amnesia. The applier ran until now and may have been faster than
 * this: then the void is in the engine, and the plan that comes back is a reseed.
 */
async function trimRelayLog(
  context: MemberContext,
  { plan, primaryship }: { readonly plan: TrimPlan; readonly primaryship: Primaryship },
  signal: AbortSignal,
): Promise<FollowPlan> {
  const { server, file, log } = context;
  log.warn(
    { void: formatGtidSet(plan.void_), epoch: primaryship.epoch },
    'the relay log ends with content that never happened: it is dropped',
  );
  // In slices, so that a promise does not wait for a long relay log.
  for (let slice = 0; slice < TRIM_SLICES; slice += 1) {
    signal.throwIfAborted();
    if (await server.sql.applyUpTo(plan.void_, TRIM_SLICE_MS)) break;
  }
  signal.throwIfAborted();
  const after = await server.sql.content();
  const applied = planFollow({ kept: after.executed, relayed: EMPTY_GTIDS }, primaryship);
  if (applied.kind === 'reseed') return applied;
  if (!containsGtids(after.executed, plan.mustHold)) {
    await file.update({
      amnesiaSinceEpoch: Math.max(primaryship.epoch - 1, file.record.amnesiaSinceEpoch ?? 0),
    });
  }
  await server.sql.resetReplica();
  return applied;
}

function mustReseed(context: MemberContext, plan: Extract<FollowPlan, { kind: 'reseed' }>): void {
  const { memory, log } = context;
  memory.errant = formatGtidSet(plan.void_);
  memory.reseed = `holds ${memory.errant}, which the cluster does not have`;
  log.warn({ void: memory.errant }, 'errant: this member must be cloned');
}

/**
 * I8: whole again when it holds base(e) of an epoch after the loss; or, within the epoch of the loss, when it has received
 * a transaction that the primary wrote after this connection was made (X9: an acknowledgement of an older connection may still be under way).
 * False: not yet.
 */
export async function becomeWhole(
  context: MemberContext,
  primaryship: Primaryship,
  signal: AbortSignal,
): Promise<boolean> {
  const { server, file, log } = context;
  const lost = file.record.amnesiaSinceEpoch;
  if (lost === null) return true;
  if (primaryship.epoch > lost) {
    const base = parseGtidSet(primaryship.base);
    if (!(await server.sql.waitExecuted(base, { deadlineMs: BASE_SLICE_MS, signal }))) return false;
    const { executed } = await server.sql.content();
    if (!isWholeAgain(lost, executed, primaryship)) return false;
  } else if (!(await receivesMark(context, primaryship, signal))) return false;
  signal.throwIfAborted();
  if (file.record.promise !== primaryship.epoch) return false;
  await file.update({ amnesiaSinceEpoch: null });
  log.info({ epoch: primaryship.epoch }, 'whole again: this disk counts for elections');
  return true;
}

/** Received is enough, applied is not asked for: a replica that lags would never catch up with its mark. */
async function receivesMark(
  context: MemberContext,
  primaryship: Primaryship,
  signal: AbortSignal,
): Promise<boolean> {
  const { server, peers, clock } = context;
  const untilMs = clock.monotonicMs() + BASE_SLICE_MS;
  const { primary, epoch } = primaryship;
  const mark = parseGtidSet(await peers.mark(primary, epoch, { timeoutMs: 5_000, signal }));
  while (clock.monotonicMs() < untilMs) {
    const held = await server.sql.content();
    if (containsGtids(unionGtids(held.executed, held.retrieved), mark)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    signal.throwIfAborted();
  }
  return false;
}

/** Readers come in when the epoch is open and its base is applied here. False: not yet. */
export async function openForReads(
  context: MemberContext,
  primaryship: Primaryship,
): Promise<boolean> {
  const { server, cluster, memory } = context;
  const { executed } = await server.sql.content();
  if (!containsGtids(executed, parseGtidSet(primaryship.base))) return false;
  if (cluster.state.phase !== 'open' || cluster.state.epoch !== primaryship.epoch) return false;
  await server.sql.letReadersIn();
  memory.readable = { epoch: primaryship.epoch, generation: server.generation };
  return true;
}
