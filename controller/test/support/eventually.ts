/** Waiting for the world to be as expected, with a deadline instead of a sleep. */
import { setImmediate as turn } from 'node:timers/promises';

/** Asks at every turn of the event loop until the answer is true. @throws at the deadline, with what was waited for */
export async function eventually(
  what: string,
  ask: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await turn();
  }
}
