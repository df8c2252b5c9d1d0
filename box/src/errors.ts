/**
 * Why the box cannot do what was asked. One class for each thing that a caller does differently:
 * the command line gives each its own exit code.
 */
export abstract class BoxError extends Error {
  /** Stable, for programs. */
  abstract readonly code: string;
}

/** Somebody else holds the data folder. */
export class HeldError extends BoxError {
  override readonly name = 'HeldError';
  readonly code = 'held';
}

/** There is no such cluster, or no box runs here. */
export class NotFoundError extends BoxError {
  override readonly name = 'NotFoundError';
  readonly code = 'not-found';
}

/** What was asked for contradicts what is there: another cluster, another number of members. */
export class SpecRefusedError extends BoxError {
  override readonly name = 'SpecRefusedError';
  readonly code = 'spec-refused';
}

/** A port that must be ours is taken. */
export class PortInUseError extends BoxError {
  override readonly name = 'PortInUseError';
  readonly code = 'port-in-use';
}

/** This machine cannot run it as it is: no space, a folder that cannot be written, a platform we do not know. */
export class MachineError extends BoxError {
  override readonly name = 'MachineError';
  readonly code = 'machine';
}

/** The data folder is not one that this version may touch: damaged, newer, or somebody else's. */
export class DataRefusedError extends BoxError {
  override readonly name = 'DataRefusedError';
  readonly code = 'data-refused';
}

/** The box itself answered no, or did not answer in time. */
export class BoxFailedError extends BoxError {
  override readonly name = 'BoxFailedError';
  readonly code = 'failed';
}

/** The `code` of a system error (`ENOENT`), or null. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

/** An error's words, without its class and stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
