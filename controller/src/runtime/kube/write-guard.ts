/** The right to write, which can end: a leader's lease. */
export interface WriteGuard {
  /** Aborts when the right ends. */
  readonly signal: AbortSignal;
  /** @throws LeadershipLostError when the right has ended, also when no timer has had the chance to say so. */
  assertHeld(): void;
  /** Milliseconds until it ends unless it is renewed; 0 when it has ended. */
  remainingMs(): number;
}
