/** A member follows the primary of an epoch: by I5 nothing is dropped before its time, and what never happened is not applied. */
import { containsGtids, formatGtidSet, parseGtidSet } from '@radondb/api';
import type { Primaryship } from '../core/cluster-log.ts';
import { type FollowPlan, isWholeAgain, planFollow } from '../core/content.ts';
import { type MemberContext, mayAcknowledge, sourceOf, startServer } from './context.ts';

const TRIM_DEADLINE_MS = 20_000;

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
  if (plan.kind === 'trim') await trimRelayLog(context, plan, primaryship);
  signal.throwIfAborted();
  if (file.record.promise !== primaryship.epoch) return;
  await point(context, primaryship);
  await file.update({ inService: null, configVersion: context.cluster.state.config.version });
  memory.following = { epoch: primaryship.epoch, generation: server.generation };
}

async function point(context: MemberContext, primaryship: Primaryship): Promise<void> {
  const { server, memory } = context;
  try {
    await server.sql.denyWrites(1_000);
    await server.sql.follow(sourceOf(context, primaryship), {
      acknowledge: mayAcknowledge(context),
    });
  } catch (error) {
    // It may still take effect after this; a promise must then not believe that the receiver is stopped.
    memory.uncertain = true;
    throw error;
  }
}

/** X12: what lies before the void is applied first; what cannot be is admitted as amnesia. */
async function trimRelayLog(
  context: MemberContext,
  plan: Extract<FollowPlan, { kind: 'trim' }>,
  primaryship: Primaryship,
): Promise<void> {
  const { server, file, log } = context;
  log.warn(
    { void: formatGtidSet(plan.void_), epoch: primaryship.epoch },
    'the relay log ends with content that never happened: it is dropped',
  );
  await server.sql.applyUpTo(plan.void_, TRIM_DEADLINE_MS);
  const after = await server.sql.content();
  if (!containsGtids(after.executed, plan.mustHold)) {
    await file.update({
      amnesiaSinceEpoch: Math.max(primaryship.epoch - 1, file.record.amnesiaSinceEpoch ?? 0),
    });
  }
  await server.sql.resetReplica();
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
 */
export async function becomeWhole(
  context: MemberContext,
  primaryship: Primaryship,
  signal: AbortSignal,
): Promise<void> {
  const { server, file, peers, log } = context;
  const lost = file.record.amnesiaSinceEpoch;
  if (lost === null) return;
  const { executed } = await server.sql.content();
  if (!isWholeAgain(lost, executed, primaryship)) {
    const mark = parseGtidSet(
      await peers.mark(primaryship.primary, primaryship.epoch, { timeoutMs: 5_000, signal }),
    );
    if (!(await server.sql.waitExecuted(mark, { deadlineMs: 10_000, signal }))) return;
  }
  signal.throwIfAborted();
  if (file.record.promise !== primaryship.epoch) return;
  await file.update({ amnesiaSinceEpoch: null });
  log.info({ epoch: primaryship.epoch }, 'whole again: this disk counts for elections');
}

/** Readers come in when the epoch is open and its base is applied here. */
export async function openForReads(
  context: MemberContext,
  primaryship: Primaryship,
): Promise<void> {
  const { server, cluster, memory } = context;
  const { executed } = await server.sql.content();
  if (!containsGtids(executed, parseGtidSet(primaryship.base))) return;
  if (cluster.state.phase !== 'open' || cluster.state.epoch !== primaryship.epoch) return;
  await server.sql.letReadersIn();
  memory.readable = { epoch: primaryship.epoch, generation: server.generation };
}
