import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` gives something. @throws with `what` when the deadline passes. */
export async function waitFor<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`);
    await sleep(20);
  }
}
