/** What a client did and saw. A history is the list of these, in the order of their invocation. */

/** Amounts are whole units; accounts are numbered from 0. */
export interface Transfer {
  /** Unique in the run: the ledger row that the transaction writes with the two balances. */
  readonly key: number;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

export interface CounterValue {
  readonly counter: number;
  readonly value: number;
}

/** Reads carry what was seen; null when the read did not end well. */
export type Action =
  | { readonly kind: 'insert'; readonly key: number }
  | { readonly kind: 'increment'; readonly counter: number }
  | { readonly kind: 'read-counters'; readonly values: readonly CounterValue[] | null }
  | { readonly kind: 'transfer'; readonly transfer: Transfer }
  | { readonly kind: 'read-balances'; readonly balances: readonly number[] | null };

/**
 * `ok`: the client was told that it happened. `fail`: it certainly did not and will not. `unknown`:
 * everything else, such as a connection that was lost after the statement was sent; it may even
 * take effect later.
 */
export type Outcome = 'ok' | 'fail' | 'unknown';

export interface Operation {
  /** The client; each does one thing at a time. */
  readonly process: number;
  readonly op: Action;
  /** Nanoseconds of a clock that never goes back, the same for every process of the run. */
  readonly invokedAtNs: number;
  /** Null when no answer ever came. */
  readonly completedAtNs: number | null;
  readonly outcome: Outcome;
  readonly error?: string;
  /** `server_uuid` of the server that answered. */
  readonly server?: string;
  /** Of the transaction, where the server told it (`session_track_gtids`). */
  readonly gtid?: string;
}
