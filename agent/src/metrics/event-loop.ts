/** How late the event loop is: what delays a heartbeat or a fence without any error. */
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds of history behind a reading: it speaks of the last one to two windows. */
const WINDOW_MS = 30_000;

export interface EventLoopMonitor {
  /** 99th percentile of the delay in milliseconds, over the last half to full minute. */
  p99Ms(): number;
  close(): void;
}

export function monitorEventLoop(now: () => number = () => performance.now()): EventLoopMonitor {
  // Two histograms that are emptied in turn, so that one of them always covers a whole window.
  const resolution = 20;
  let older: ELDHistogram = monitorEventLoopDelay({ resolution });
  let newer: ELDHistogram = monitorEventLoopDelay({ resolution });
  older.enable();
  newer.enable();
  let turnedAt = now();
  return {
    p99Ms() {
      if (now() - turnedAt >= WINDOW_MS) {
        [older, newer] = [newer, older];
        newer.reset();
        turnedAt = now();
      }
      // The histogram counts the timer's own interval as delay.
      const delayMs = older.percentile(99) / 1e6 - resolution;
      return Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
    },
    close() {
      older.disable();
      newer.disable();
    },
  };
}
