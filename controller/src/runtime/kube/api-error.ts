/** What can go wrong with a call to the API server: one class per decision of the caller. */

export interface ApiErrorDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
}

/** The API server answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly code: number;
  /** metav1.StatusReason: `NotFound`, `Conflict`, `AlreadyExists`, `Expired`, `Invalid`, `Forbidden`, …; empty when the answer was no Status. */
  readonly reason: string;
  readonly details: ApiErrorDetails;

  constructor(status: {
    readonly code: number;
    readonly reason: string;
    readonly message: string;
    readonly details?: ApiErrorDetails;
  }) {
    super(status.message);
    this.code = status.code;
    this.reason = status.reason;
    this.details = status.details ?? {};
  }
}

/** No answer, or not a whole one. A write may or may not have happened. */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError';
  /** A system error code (`ECONNREFUSED`), `TIMEOUT`, `CUT_OFF`, `BAD_ANSWER` or `TOO_LARGE`. */
  readonly code: string;

  constructor(what: string, code: string, cause?: unknown) {
    super(`${what}: no answer from the API server (${code})`, { cause });
    this.code = code;
  }
}

/** A watch said nothing, not even a bookmark, for longer than a living server would. */
export class WatchSilentError extends Error {
  override readonly name = 'WatchSilentError';
  readonly code = 'WATCH_SILENT';

  constructor(silenceMs: number) {
    super(`the watch has said nothing for ${silenceMs} ms`);
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists';
}

/** Somebody else wrote first, or a precondition does not hold: look again. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason !== 'AlreadyExists';
}

/** The resource version or the continue token is too old: list again. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}
