const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that must clean up after itself even when the person presses Ctrl-C. The signal
 * aborts the work; when its clean-up is done and nobody else listens, the process ends by that
 * signal as it would have.
 *
 * @throws what the work throws.
 */
export async function withSignalGuard<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    received = signal;
    controller.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const both = outer === undefined ? [controller.signal] : [controller.signal, outer];
    return await work(AbortSignal.any(both));
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    if (received !== null && process.listenerCount(received) === 0) {
      process.kill(process.pid, received);
    }
  }
}
