import type { FaultKind } from './fault-plan.ts';

/** What one fault did. */
export interface FaultRecord {
  readonly index: number;
  readonly kind: FaultKind;
  /** Since the beginning of the workload. */
  readonly atMs: number;
  readonly from: string | null;
  readonly to: string | null;
  /** How many epochs it took; what is more than the kind explains was a failover for nothing. */
  readonly epochs: number;
  /** Longest time between two answered writes of the prober; null when writes never came back. */
  readonly unavailableMs: number | null;
  /** All gaps above 100 ms together: more than `unavailableMs` when service went twice. */
  readonly unavailableTotalMs: number;
  /** From the last act of the fault until every member was back. */
  readonly healedAfterMs: number | null;
  readonly clientErrors: number;
  readonly unknown: number;
  readonly note: string;
  /** Null when it passed. */
  readonly failure: string | null;
}
