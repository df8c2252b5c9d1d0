import { setTimeout as delay } from 'node:timers/promises';
import type { AgentConfig } from '../../agent-config.ts';
import { MysqldStartError, MysqlUnreachableError } from './errors.ts';
import { logSize, readLogTail } from './log-tail.ts';
import { type MysqldProcess, spawnMysqld } from './mysqld-process.ts';

const POLL_MS = 20;
/**
 * A connection made between mysqld's bind and its first accept may never be answered, so the first tries are given up soon; a
 * loaded machine needs longer for a handshake, so the next ones are not.
 */
const FIRST_CONNECT_MS = 150;
const MAX_CONNECT_MS = 5_000;
const PATIENCE = 1.5;

/**
 * Spawns mysqld and waits until `connect` succeeds. `onSpawn` sees the process at once, so that its exit is noticed whatever happens.
 * When it fails, times out or is aborted, the process is killed and reaped before this rejects.
 * @throws MysqldStartError with the last lines of the log
 */
export async function runServer(options: {
  readonly config: AgentConfig;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly onSpawn?: (child: MysqldProcess) => void;
  readonly connect: (deadlineMs: number) => Promise<void>;
}): Promise<MysqldProcess> {
  const { config, args, logFile, deadlineMs, signal } = options;
  signal.throwIfAborted();
  const logStart = await logSize(logFile);
  const fail = async (what: string): Promise<MysqldStartError> => {
    const { lines, hint } = await readLogTail(logFile, logStart);
    return new MysqldStartError(what, hint, lines);
  };
  let child: MysqldProcess;
  try {
    child = await spawnMysqld(config, args, logFile);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MysqldStartError(
      `mysqld cannot be started: ${reason}`,
      'Is the path of mysqld right?',
      [],
    );
  }
  options.onSpawn?.(child);
  const deadline = performance.now() + deadlineMs;
  try {
    let patienceMs = FIRST_CONNECT_MS;
    for (;;) {
      signal.throwIfAborted();
      if (child.ended) {
        const exit = await child.exited;
        throw await fail(`mysqld ended while starting (${exit.signal ?? `code ${exit.code}`})`);
      }
      if (performance.now() > deadline)
        throw await fail(`mysqld did not answer within ${deadlineMs} ms`);
      const asked = performance.now();
      if (await answers(options.connect, patienceMs)) return child;
      if (performance.now() - asked >= patienceMs) {
        patienceMs = Math.min(MAX_CONNECT_MS, patienceMs * PATIENCE);
      }
      await Promise.race([delay(POLL_MS), child.exited]);
    }
  } catch (error) {
    child.signal('SIGKILL');
    await child.exited;
    throw error;
  }
}

async function answers(
  connect: (deadlineMs: number) => Promise<void>,
  deadlineMs: number,
): Promise<boolean> {
  try {
    await connect(deadlineMs);
    return true;
  } catch (error) {
    if (error instanceof MysqlUnreachableError) return false;
    throw error;
  }
}
