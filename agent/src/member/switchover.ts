/**
 * Planned change of primary, driven by the old primary's agent: everything is prepared while clients still write; then
 * they are shut out, no commit is left in doubt, the target has it all, and the next epoch is revoked into being.
 */
import {
  containsGtids,
  formatGtidSet,
  type GtidSet,
  parseGtidSet,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import { currentPrimaryship } from '../core/cluster-log.ts';
import { holdsNow, type MemberContext } from './context.ts';

const QUIET_DEADLINE_MS = 1_000;
/** How long the target may take to come near, while clients still write. */
const PREPARE_DEADLINE_MS = 10_000;
/** Near enough: what the primary had, the target had within this. */
const NEAR_MS = 40;
/** Younger ones are cut off and rolled back like any other: on a busy machine a second is nothing. */
const LONG_TRANSACTION_SECONDS = 10;

/** The switchover was not begun, or was taken back: the old primary serves on. */
export class SwitchoverRefusedError extends Error {
  override readonly name = 'SwitchoverRefusedError';
  readonly code = 'REFUSED';
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}

/** Checks and chooses; changes nothing. @throws SwitchoverRefusedError with every reason at once. */
export async function planSwitchover(
  context: MemberContext,
  request: SwitchoverRequest,
): Promise<string> {
  const { cluster, config, peers, server } = context;
  const current = currentPrimaryship(cluster.state);
  if (
    cluster.state.phase !== 'open' ||
    current?.primary !== config.member ||
    holdsNow(context.memory.serving, context) === null
  ) {
    throw new SwitchoverRefusedError('this member is not the open primary');
  }
  const { voters } = cluster.state.config;
  if (request.to !== null && !voters.includes(request.to)) {
    throw new SwitchoverRefusedError(
      `${request.to} is no voter of this cluster; voters are ${voters.join(', ')}`,
    );
  }
  if (request.to === config.member)
    throw new SwitchoverRefusedError(`${request.to} is the primary already`);
  const others = voters.filter((v) => v !== config.member);
  if (others.length === 0)
    throw new SwitchoverRefusedError('there is no other voter to switch over to');
  const [long, reports] = await Promise.all([
    server.sql.longTransactions(LONG_TRANSACTION_SECONDS),
    Promise.all(others.map((o) => peers.status(o, { timeoutMs: 1_000 }).catch(() => null))),
  ]);
  const problems = long.map(
    (t) => `connection ${t.id} has been in a ${t.what} for ${t.ageSeconds} s: end it, or wait`,
  );
  const fit = reports.filter(
    (r) =>
      r !== null && r.state === 'following' && r.mysql?.ioRunning === true && r.mysql.sqlRunning,
  );
  const names = fit.map((r) => r?.member ?? '');
  if (request.to !== null && !names.includes(request.to)) {
    const why = reports.find((r) => r?.member === request.to)?.why ?? 'its agent does not answer';
    problems.push(`${request.to} is not in sync: ${why}`);
  }
  if (request.to === null && names.length === 0)
    problems.push('no other voter is in sync: see `radondb status`');
  if (problems.length > 0)
    throw new SwitchoverRefusedError(`switchover refused: ${problems.join('; ')}`, problems);
  const byLag = [...fit].sort((a, b) => (a?.mysql?.lagMs ?? 0) - (b?.mysql?.lagMs ?? 0));
  const to = request.to ?? byLag[0]?.member ?? others[0] ?? '';
  await prepareWhileOpen(context, to);
  return to;
}

/**
 * While clients still write: the target applies what it has received until little is left, and the binlog is read up to its present end. What is
 * not done here is done while writes are shut. @throws SwitchoverRefusedError
 */
async function prepareWhileOpen(context: MemberContext, to: string): Promise<void> {
  const { server, clock } = context;
  const beganAtMs = clock.monotonicMs();
  const untilMs = beganAtMs + PREPARE_DEADLINE_MS;
  await server.sql.isQuiet();
  for (;;) {
    const askedAtMs = clock.monotonicMs();
    const { executed } = await server.sql.content();
    while (!(await holds(context, { to, executed }))) {
      if (clock.monotonicMs() > untilMs)
        throw new SwitchoverRefusedError(
          `${to} lags: it has not applied what this primary had ${Math.round(clock.monotonicMs() - askedAtMs)} ms ago; wait until it has caught up (radondb status)`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Less and less is asked for: on a busy machine a question alone takes that long.
    const waitedMs = clock.monotonicMs() - beganAtMs;
    if (clock.monotonicMs() - askedAtMs < NEAR_MS + waitedMs / 20) break;
  }
  await server.sql.isQuiet();
}

/** Shuts out, waits for quiet, checks the target, revokes. Reverts while no promise of the next epoch exists here (X3). */
export async function handOver(
  context: MemberContext,
  to: string,
): Promise<{ readonly shutAtMs: number; readonly epoch: number }> {
  const { server, cluster, clock, memory, config } = context;
  const { epoch } = cluster.state;
  // Planned outside the member's turn: another epoch may have come meanwhile, and this member follows its primary.
  if (holdsNow(memory.serving, context) !== epoch)
    throw new SwitchoverRefusedError('this member is the open primary no more');
  const shutAtMs = clock.monotonicMs();
  const noticedAtMs = clock.unixMs();
  memory.serving = null;
  const tookMs: Record<string, number> = {};
  const done = (step: string): void => {
    tookMs[step] = Math.round(clock.monotonicMs() - shutAtMs);
  };
  try {
    await server.sql.shut(QUIET_DEADLINE_MS);
    done('shut');
    await quiet(context, epoch, shutAtMs + QUIET_DEADLINE_MS);
    done('quiet');
    if (!(await server.sql.denyWrites(QUIET_DEADLINE_MS)))
      throw new SwitchoverRefusedError('a statement held up super_read_only');
    done('readOnly');
    await targetHasAll(context, { to, epoch }, shutAtMs + 2 * QUIET_DEADLINE_MS);
    done('targetHasAll');
    context.log.info({ to, epoch, tookMs }, 'hands over');
    mustStillBe(context, epoch);
    memory.handover = { epoch, generation: server.generation };
    const entry = {
      kind: 'revoke' as const,
      epoch: epoch + 1,
      cause: `switchover from ${config.member} to ${to}`,
      planned: { from: config.member, to },
      noticedAtMs,
      atMs: clock.unixMs(),
    };
    await cluster.propose(entry, { timeoutMs: 2_000 });
  } catch (error) {
    await revert(context, epoch);
    throw error;
  }
  return { shutAtMs, epoch: epoch + 1 };
}

/** A promise waits for this member's turn: whatever waits here ends with the epoch. */
function mustStillBe(context: MemberContext, epoch: number): void {
  if (context.file.record.promise !== epoch || context.cluster.state.epoch !== epoch)
    throw new SwitchoverRefusedError('another epoch began meanwhile');
}

async function quiet(context: MemberContext, epoch: number, deadlineMs: number): Promise<void> {
  const { server, clock } = context;
  while (!(await server.sql.isQuiet())) {
    mustStillBe(context, epoch);
    if (clock.monotonicMs() > deadlineMs)
      throw new SwitchoverRefusedError(
        `commits stayed in doubt for ${QUIET_DEADLINE_MS} ms: a replica does not acknowledge`,
      );
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function targetHasAll(
  context: MemberContext,
  { to, epoch }: { readonly to: string; readonly epoch: number },
  deadlineMs: number,
): Promise<void> {
  const { server, clock } = context;
  const { executed } = await server.sql.content();
  for (;;) {
    mustStillBe(context, epoch);
    if (await holds(context, { to, executed })) return;
    if (clock.monotonicMs() > deadlineMs)
      throw new SwitchoverRefusedError(`${to} did not apply ${formatGtidSet(executed)} in time`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function holds(
  { peers }: MemberContext,
  { to, executed }: { readonly to: string; readonly executed: GtidSet },
): Promise<boolean> {
  const held = (await peers.status(to, { timeoutMs: 500 })).mysql?.gtidExecuted ?? '';
  return containsGtids(parseGtidSet(held), executed);
}

/** Writable and open again in the same epoch: allowed only while nobody can have promised the next one here. */
async function revert(context: MemberContext, epoch: number): Promise<void> {
  const { server, cluster, file, memory, log } = context;
  if (file.record.promise !== epoch || cluster.state.epoch !== epoch) return;
  memory.handover = null;
  log.warn({ epoch }, 'switchover taken back: this member serves on');
  await server.sql.allowWrites();
}

export function answerSwitchover(
  context: MemberContext,
  done: { readonly shutAtMs: number; readonly epoch: number },
): SwitchoverAnswer {
  const current = currentPrimaryship(context.cluster.state);
  return {
    from: context.config.member,
    to: current?.primary ?? '',
    epoch: context.cluster.state.epoch,
    writesShutMs: Math.round((context.clock.monotonicMs() - done.shutAtMs) * 10) / 10,
  };
}
