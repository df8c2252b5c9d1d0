/** npm passes a Ctrl-C on that the terminal has given us already: two that close together are one. */
const ONE_CTRL_C_MS = 500;

/**
 * Calls `first` on the first SIGINT, SIGTERM or SIGHUP and `second` when a person insists.
 *
 * @returns a function that ends it
 */
export function onStopSignals(first: (signal: string) => void, second: () => void): () => void {
  let firstAtMs: number | null = null;
  const handle = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAtMs === null) {
      firstAtMs = now;
      first(signal);
    } else if (now - firstAtMs > ONE_CTRL_C_MS) {
      second();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
