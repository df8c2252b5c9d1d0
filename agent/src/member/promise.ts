/** I3: fence, receiver stopped and verified, content read, promise fsynced, answered. In that order. */
import {
  EMPTY_GTIDS,
  formatGtidSet,
  type GtidSet,
  type PromiseAnswer,
  type PromiseRequest,
  unionGtids,
} from '@radondb/api';
import { lastOpened } from '../core/cluster-log.ts';
import { holdsNow, type MemberContext, settle } from './context.ts';

const RECEIVER_DEADLINE_MS = 2_500;

/** Makes this member's promise of `epoch` true and durable. */
export async function makePromise(context: MemberContext, epoch: number): Promise<void> {
  const { server, file, memory, log } = context;
  await fence(context);
  if (server.state === 'up' && !(await stopped(context))) {
    log.warn(
      { epoch },
      'no proof that the receiver has stopped: mysqld is killed, its relay log stays',
    );
    await server.kill();
  }
  memory.following = null;
  memory.uncertain = false;
  const handedOver = holdsNow(memory.handover, context) !== null;
  await file.update(handedOver ? { promise: epoch, inService: null } : { promise: epoch });
  memory.prepared = null;
  memory.handover = null;
  memory.refused = null;
  // What was void for the last elected may be what counts now, if that one wrote nothing (I4): judged anew when it follows.
  memory.reseed = null;
  memory.errant = null;
  settle(context, 'Available');
}

/** A primary that did not hand over is SIGKILLed, even when it looks clean: its prepared tail is in no GTID set (X1). */
async function fence(context: MemberContext): Promise<void> {
  const { server, file, memory } = context;
  memory.serving = null;
  memory.readable = null;
  const handedOver = holdsNow(memory.handover, context) !== null;
  if (server.state === 'down') return;
  if (memory.uncertain || (file.record.inService !== null && !handedOver)) await server.kill();
}

async function stopped(context: MemberContext): Promise<boolean> {
  try {
    return await context.server.sql.stopReceiver(RECEIVER_DEADLINE_MS);
  } catch (error) {
    context.log.warn({ error: String(error) }, 'the receiver could not be stopped');
    return false;
  }
}

/** Reads the content afresh and answers. The caller holds the member's turn, and the promise is on disk. */
export async function answerPromise(
  context: MemberContext,
  request: PromiseRequest,
): Promise<PromiseAnswer> {
  const { file, config, memory } = context;
  const held = await readContent(context);
  const unable = whyNoCandidate(context);
  const neverOpened = lastOpened(context.cluster.state) === null;
  const whole = file.record.amnesiaSinceEpoch === null && (memory.hasData || neverOpened);
  return {
    member: config.member,
    epoch: request.epoch,
    content: formatGtidSet(held.content),
    executed: formatGtidSet(held.executed),
    purged: formatGtidSet(held.purged),
    serverUuid: held.uuid,
    amnesiac: !whole,
    whole,
    clonedSince: file.record.clonedSince,
    // A disk that was emptied speaks for nothing (I8).
    lastPrimaryEpoch: memory.hasData ? file.record.lastPrimaryEpoch : null,
    source: held.source,
    candidate: unable === null,
    reason: unable,
    priority: config.peers.find((p) => p.name === config.member)?.priority ?? 0,
  };
}

interface HeldContent {
  readonly content: GtidSet;
  readonly executed: GtidSet;
  readonly purged: GtidSet;
  readonly uuid: string;
  readonly source: 'live' | 'files';
}

async function readContent(context: MemberContext): Promise<HeldContent> {
  const { server, memory, log } = context;
  if (server.state === 'up') {
    try {
      return await readLive(context);
    } catch (error) {
      // It would hang at every question, and this voter would be missing for ever; the files say the same.
      log.warn({ error: String(error) }, 'mysqld does not tell its content: it is killed');
      await server.kill();
    }
  }
  if (!memory.hasData) {
    return {
      content: EMPTY_GTIDS,
      executed: EMPTY_GTIDS,
      purged: EMPTY_GTIDS,
      uuid: '',
      source: 'files',
    };
  }
  const disk = await server.scan();
  return {
    content: unionGtids(disk.binlog, disk.relayLog),
    executed: disk.binlog,
    purged: disk.purged,
    uuid: disk.serverUuid ?? '',
    source: 'files',
  };
}

async function readLive(context: MemberContext): Promise<HeldContent> {
  const live = await context.server.sql.content();
  return {
    content: unionGtids(live.executed, live.retrieved),
    executed: live.executed,
    purged: live.purged,
    uuid: live.serverUuid,
    source: 'live',
  };
}

export function whyNoCandidate(context: MemberContext): string | null {
  const { memory, cluster } = context;
  if (!memory.hasData) return 'no data on this disk';
  if (memory.reseed !== null) return memory.reseed;
  if (memory.startFailure !== null) return memory.startFailure;
  if (memory.refused !== null && memory.refused.epoch === cluster.state.epoch)
    return memory.refused.why;
  return null;
}
