/** Time as the runtime needs it: monotonic, so that setting the machine's clock changes nothing. */
import { uptime } from 'node:os';

export interface Clock {
  /** Milliseconds since some moment; never goes back, whatever happens to the wall clock. */
  now(): number;
  /** Calls back once, unless the returned function was called before. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** The longest delay that Node's timers take. Milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/**
 * For leases: on Linux it also counts the time during which the machine was suspended, which performance.now() leaves
 * out. A laptop that wakes up must not believe that its lease has hardly aged. Resolution 10 ms.
 */
export const leaseClock: Clock =
  process.platform === 'linux' ? { ...systemClock, now: () => uptime() * 1000 } : systemClock;

/** @throws the signal's reason */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const aborted = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.setTimer(delayMs, () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
    signal.addEventListener('abort', aborted, { once: true });
  });
}
