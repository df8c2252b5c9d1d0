/** A member that cannot go on with its data takes a clone of the primary's; what it had is saved first. */
import { formatGtidSet, isEmptyGtids, unionGtids } from '@radondb/api';
import type { Primaryship } from '../core/cluster-log.ts';
import { beyond } from '../core/content.ts';
import { type MemberContext, report, settle, sourceOf } from './context.ts';

export async function reseed(
  context: MemberContext,
  reason: { readonly primaryship: Primaryship; readonly why: string },
  signal: AbortSignal,
): Promise<void> {
  const { server, file, memory, log, config, cluster } = context;
  const { primaryship, why } = reason;
  if (cluster.state.phase !== 'open') await mustBePrepared(context, primaryship);
  await server.kill();
  memory.readable = null;
  if (memory.hasData) await keepEvidence(context, reason);
  log.info({ donor: primaryship.primary, why }, 'cloning');
  report(context, {
    type: 'Redundant',
    status: 'False',
    reason: 'Cloning',
    message: `${config.member} takes a clone of ${primaryship.primary} (${why}); nothing to do`,
  });
  await server.clone(sourceOf(context, primaryship), {
    signal,
    // From the swap on this disk answers for nothing that it acknowledged (I8). Not earlier: a clone that is interrupted leaves the old
    // disk, which may be the only one that has everything.
    beforeSwap: async () => {
      signal.throwIfAborted();
      await file.update({
        amnesiaSinceEpoch: Math.max(primaryship.epoch, file.record.amnesiaSinceEpoch ?? 0),
        clonedSince: true,
        lastPrimaryEpoch: null,
      });
    },
    onProgress: ({ bytesDone, bytesTotal }) => {
      memory.cloneProgress = `${mib(bytesDone)} of ${mib(bytesTotal)} MiB`;
    },
  });
  memory.hasData = await server.hasData();
  // Only now: a clone that was interrupted leaves the old files, and their mysqld must still stay down (I9).
  await file.update({ hadData: true, inService: null });
  memory.reseed = null;
  memory.errant = null;
  memory.cloneProgress = null;
  memory.startFailure = null;
  settle(context, 'Redundant');
  log.info({ donor: primaryship.primary }, 'cloned');
}

/**
 * Before `open`, base(e) may be on the elected and on this disk alone: a clone may replace this one only when the elected has executed base(e)
 * durably as its primary, and so counts alone (I8).
 * @throws Error: not yet
 */
async function mustBePrepared(context: MemberContext, primaryship: Primaryship): Promise<void> {
  const donor = await context.peers.status(primaryship.primary, { timeoutMs: 1_000 });
  const prepared =
    donor.log.epoch === primaryship.epoch && donor.mysql !== null && !donor.mysql.readOnly;
  if (!prepared)
    throw new Error(
      `${primaryship.primary} has not yet everything of epoch ${primaryship.epoch}: no clone before that`,
    );
}

async function keepEvidence(
  context: MemberContext,
  reason: { primaryship: Primaryship; why: string },
): Promise<void> {
  const { server, log } = context;
  try {
    const disk = await server.scan();
    const content = beyond(unionGtids(disk.binlog, disk.relayLog), reason.primaryship);
    if (isEmptyGtids(content)) return;
    const folder = await server.saveEvidence({
      content,
      reason: reason.why,
      epoch: reason.primaryship.epoch,
    });
    log.warn(
      { folder, content: formatGtidSet(content) },
      'content that the cluster does not have was saved',
    );
  } catch (error) {
    // Unreadable files are no reason to stay down: the old folder is kept until the clone serves.
    log.warn({ error: String(error) }, 'the old files could not be read for evidence');
  }
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
