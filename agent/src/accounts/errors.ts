/** This member does not take writes: ask the one that does. */
export class NotPrimaryError extends Error {
  readonly code = 'NOT_PRIMARY';
  /** The primary's name, where it is known. */
  readonly details: readonly string[];

  constructor(primary: string | null) {
    super(
      primary === null
        ? 'there is no open primary now: ask again later'
        : `not the open primary: ask ${primary}`,
    );
    this.name = 'NotPrimaryError';
    this.details = primary === null ? [] : [primary];
  }
}

/** mysqld did not answer in time. What was asked may still happen; asking again is safe. */
export class AccountsTimeoutError extends Error {
  readonly code = 'TIMEOUT';

  constructor(options?: ErrorOptions) {
    super(
      'the accounts were not done in time, and some statements may still take effect: ask again',
      options,
    );
    this.name = 'AccountsTimeoutError';
  }
}

/** Too few replicas are connected to acknowledge a statement. Nothing was said; asking again is safe. */
export class NobodyAcknowledgesError extends Error {
  readonly code = 'TIMEOUT';

  constructor(connected: number, wanted: number) {
    super(
      `${connected} of ${wanted} acknowledging replicas are connected: accounts wait for them, because MySQL lets nobody log in while a statement about accounts waits`,
    );
    this.name = 'NobodyAcknowledgesError';
  }
}

export const READ_ONLY = 1290;
/** Lock wait timeout, deadlock, interrupted, killed by a time limit: an earlier request may still wait for acknowledgements. */
const HELD_UP = [1205, 1213, 1317, 3024];

/** Whether an error of MySQL says nothing of the statement, only of the moment. */
export function isPassing(errno: number): boolean {
  return errno === READ_ONLY || HELD_UP.includes(errno);
}
