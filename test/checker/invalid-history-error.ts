/** The history itself cannot be judged, such as when a key was used twice: the harness is wrong, not the database. */
export class InvalidHistoryError extends Error {
  readonly code = 'INVALID_HISTORY';

  constructor(message: string) {
    super(message);
    this.name = 'InvalidHistoryError';
  }
}
