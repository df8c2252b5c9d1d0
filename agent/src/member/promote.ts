/** The elected prepares its epoch: drain, verify, I1's variables, writable behind offline_mode, barrier (I4, I5, I6). */
import {
  containsGtids,
  formatGtidSet,
  isEmptyGtids,
  parseGtidSet,
  subtractGtids,
} from '@radondb/api';
import { lastOpened, type Primaryship } from '../core/cluster-log.ts';
import { isWholeAgain } from '../core/content.ts';
import { type MemberContext, settle, startServer, type TimedStep } from './context.ts';

/** This member cannot open the epoch it was elected for: another one must follow. */
export class EpochRefusedError extends Error {
  override readonly name = 'EpochRefusedError';
  readonly code = 'EPOCH_REFUSED';
}

/** @throws EpochRefusedError */
export async function prepareEpoch(
  context: MemberContext,
  primaryship: Primaryship,
  signal: AbortSignal,
): Promise<void> {
  const { server, file, config, cluster, clock, memory } = context;
  const { epoch } = primaryship;
  const base = parseGtidSet(primaryship.base);
  const steps: TimedStep[] = [];
  const done = (name: string): void => void steps.push({ name, atMs: clock.unixMs() });

  if (server.state === 'down') await startServer(context, signal);
  await server.sql.shut(1_000);
  const held = await server.sql.content();
  if (!containsGtids(held.executed, base)) {
    await server.sql.startApplier();
    const drained = await server.sql.waitExecuted(base, {
      deadlineMs: grown(config.times.drainDeadlineMs, context),
      signal,
    });
    signal.throwIfAborted();
    if (!drained) throw new EpochRefusedError(await undrained(context));
  }
  const after = await server.sql.content();
  if (after.serverUuid !== primaryship.uuid) {
    throw new EpochRefusedError(
      `has server_uuid ${after.serverUuid}, and was elected with ${primaryship.uuid}: its writes would count as void (I4)`,
    );
  }
  if (!containsGtids(after.executed, base)) {
    throw new EpochRefusedError(
      `lacks ${formatGtidSet(subtractGtids(base, after.executed))} of what it was elected for`,
    );
  }
  const unapplied = subtractGtids(after.retrieved, after.executed);
  if (!isEmptyGtids(unapplied)) {
    throw new EpochRefusedError(
      `its relay log holds ${formatGtidSet(unapplied)} beyond what it was elected for`,
    );
  }
  done('drained');
  mustStillBe(context, epoch, signal);
  await server.sql.resetReplica();
  // Before it becomes writable: from here on the files of this mysqld may hold a tail that nobody acknowledged (I9, I8).
  const lost = file.record.amnesiaSinceEpoch;
  await file.update({
    inService: epoch,
    lastPrimaryEpoch: epoch,
    amnesiaSinceEpoch:
      lost !== null && isWholeAgain(lost, after.executed, primaryship) ? null : lost,
    configVersion: cluster.state.config.version,
  });
  await server.sql.configureSource(cluster.state.config.w);
  // The counter is the server's, which may have been primary before in this life of it: only its growth counts (fact 7).
  const unacknowledgedBefore = (await server.sql.observe()).semiSync.unacknowledgedCommits;
  mustStillBe(context, epoch, signal);
  await server.sql.allowWrites();
  done('prepared');
  const barrier = await server.sql.barrier(epoch, grown(config.times.barrierDeadlineMs, context));
  if (lastOpened(cluster.state) === null)
    await server.sql.ensureApplicationAccount(context.credentials.application);
  const settled = await server.sql.observe();
  if (
    cluster.state.config.w > 0 &&
    (!settled.semiSync.sourceActive ||
      settled.semiSync.unacknowledgedCommits > unacknowledgedBefore)
  ) {
    throw new EpochRefusedError('its barrier was not acknowledged: semi-sync is not active (I1)');
  }
  done('barrier');
  memory.prepared = {
    epoch,
    generation: server.generation,
    barrier: formatGtidSet(barrier),
    steps,
    unacknowledgedBefore,
  };
  memory.observation = settled;
}

/**
 * Each epoch that did not open gives the next twice the time: a slow drain, or a clone that must end before anybody can acknowledge, would be
 * revoked for ever; and each barrier given up leaves content that never happened, and one more member to clone.
 */
function grown(deadlineMs: number, context: MemberContext): number {
  return deadlineMs * 2 ** Math.min(Math.max(0, context.cluster.unopenedEpochs - 1), 5);
}

/** A promise beyond this epoch, or an epoch that passed by, ends the preparation: nothing of it may take effect (I3). */
function mustStillBe(context: MemberContext, epoch: number, signal: AbortSignal): void {
  signal.throwIfAborted();
  const { state } = context.cluster;
  if (context.file.record.promise !== epoch || state.epoch !== epoch || state.phase !== 'elected') {
    throw new EpochRefusedError(`epoch ${epoch} has passed`);
  }
}

async function undrained(context: MemberContext): Promise<string> {
  const seen = await context.server.sql.observe();
  return seen.applierError !== null
    ? `its applier stopped: ${seen.applierError}`
    : `did not apply its relay log within ${grown(context.config.times.drainDeadlineMs, context)} ms`;
}

/** Proposes `open`; repeated until the log has it or another epoch. */
export async function proposeOpen(context: MemberContext, signal: AbortSignal): Promise<void> {
  const { memory, cluster, clock } = context;
  const { prepared } = memory;
  if (prepared === null) return;
  const entry = {
    kind: 'open' as const,
    epoch: prepared.epoch,
    barrier: prepared.barrier,
    atMs: clock.unixMs(),
    steps: prepared.steps,
  };
  await cluster.propose(entry, { timeoutMs: 1_000, signal });
}

/** I6, I7: only on the committed `open`, with a live lease, while mysqld and promise are still those of this epoch. */
export async function letClientsIn(context: MemberContext, epoch: number): Promise<void> {
  const { server, file, cluster, lease, memory } = context;
  const { state } = cluster;
  const mine = state.phase === 'open' && state.epoch === epoch && file.record.promise === epoch;
  if (!mine || !lease.valid || memory.prepared?.generation !== server.generation) return;
  // A switchover that was taken back may have left it read-only.
  await server.sql.allowWrites();
  await server.sql.open();
  memory.serving = { epoch, generation: server.generation };
  settle(context, 'Available');
}

/** I7: shut clients out and prove it; no proof in time, SIGKILL (never SIGTERM: fact 1). */
export async function fencePrimary(context: MemberContext): Promise<void> {
  const { server, memory, log } = context;
  memory.serving = null;
  try {
    await server.sql.shut(300);
  } catch (error) {
    log.warn({ error: String(error) }, 'clients could not be shut out: mysqld is killed');
    await server.kill();
  }
}
