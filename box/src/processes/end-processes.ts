import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from './proc.ts';

const POLL_MS = 25;

/** Sends a signal to processes that need not be our children. One that is gone is no error. */
export function signalAll(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already, or not ours to end: the wait that follows tells the two apart.
    }
  }
}

/** Waits until all are gone; gives those that are still there when the time is up. */
export async function waitForEnd(
  processes: readonly ProcessIdentity[],
  deadlineMs: number,
): Promise<readonly ProcessIdentity[]> {
  const deadline = performance.now() + deadlineMs;
  let left = processes;
  for (;;) {
    const alive = await Promise.all(left.map(isAlive));
    left = left.filter((_, index) => alive[index] === true);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await sleep(POLL_MS);
  }
}

/** SIGTERM, a grace, SIGKILL. Gives those that survived even that (not ours to signal, or stuck in the kernel). */
export async function endAll(
  processes: readonly ProcessIdentity[],
  graceMs: number,
): Promise<readonly ProcessIdentity[]> {
  signalAll(processes, 'SIGTERM');
  // A stopped process does not see SIGTERM before it goes on.
  signalAll(processes, 'SIGCONT');
  const stubborn = await waitForEnd(processes, graceMs);
  signalAll(stubborn, 'SIGKILL');
  return await waitForEnd(stubborn, 5_000);
}
