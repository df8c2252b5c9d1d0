/** `metav1.Status` as kube-apiserver and kubectl read it, and the refusals that we give. */
import type { FieldProblem } from '@radondb/api';
import type { ObjectAddress } from './admission-review.ts';

/** Why one field is refused. kubectl prints `* field: message` for each. */
export interface StatusCause {
  readonly field: string;
  readonly reason: FieldProblem['reason'];
  readonly message: string;
}

export interface StatusDetails {
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  readonly causes: readonly StatusCause[];
}

export interface Status {
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: 'Invalid' | 'Forbidden' | 'BadRequest' | 'InternalError';
  readonly code: 400 | 403 | 422 | 500;
  readonly details?: StatusDetails;
}

/** A person reads a hundred reasons at most, and kube-apiserver takes an answer of a few MiB at most. */
export const MAXIMUM_CAUSES = 100;
const MAXIMUM_MESSAGE_CHARACTERS = 1_000;

/** 422 with every reason at once, in the words and the shape of kube-apiserver's own refusals. */
export function invalidStatus(address: ObjectAddress, problems: readonly FieldProblem[]): Status {
  const shown = problems.slice(0, MAXIMUM_CAUSES).map(causeOf);
  const causes =
    problems.length > shown.length ? [...shown, restOf(problems.length - shown.length)] : shown;
  const reasons = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = reasons.length === 1 ? reasons.join() : `[${reasons.join(', ')}]`;
  return {
    status: 'Failure',
    message: `${describe(address)} is invalid: ${list}`,
    reason: 'Invalid',
    code: 422,
    details: { name: address.name, group: address.group, kind: address.kind, causes },
  };
}

/** 403: the request as a whole may not be done. `why` says what to do. */
export function forbiddenStatus(address: ObjectAddress, why: string): Status {
  const message = `${describe(address)} is forbidden: ${why}`;
  return { status: 'Failure', message, reason: 'Forbidden', code: 403 };
}

/** 400: the request is not one that this webhook can answer. */
export function badRequestStatus(message: string): Status {
  return { status: 'Failure', message, reason: 'BadRequest', code: 400 };
}

/** 500: a defect of ours. Refused, because what was not checked may not pass. */
export function internalErrorStatus(): Status {
  const message =
    'the webhook failed while it checked this object, so it is refused; the log of the webhook says why';
  return { status: 'Failure', message, reason: 'InternalError', code: 500 };
}

/** As in `MysqlCluster.radondb.com "demo"`. */
function describe({ kind, group, name }: ObjectAddress): string {
  return `${group === '' ? kind : `${kind}.${group}`} ${JSON.stringify(name)}`;
}

function causeOf({ field, reason, message }: FieldProblem): StatusCause {
  // Kubernetes writes an empty path as `<nil>`; a cause without a field would read ": must be …".
  return { field: clip(field === '' ? 'object' : field), reason, message: clip(message) };
}

function restOf(count: number): StatusCause {
  const message = `and ${count} more: mend these first`;
  return { field: 'object', reason: 'FieldValueInvalid', message };
}

function clip(text: string): string {
  return text.length <= MAXIMUM_MESSAGE_CHARACTERS
    ? text
    : `${text.slice(0, MAXIMUM_MESSAGE_CHARACTERS - 1)}…`;
}
