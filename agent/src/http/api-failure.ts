/** What an error becomes on the wire: a status and an ApiError. Never a stack, a system's message or a piece of the body. */
import { type ApiError, ProtocolError } from '@radondb/api';

export interface ApiFailure {
  readonly status: number;
  readonly body: ApiError;
}

/** An answer that the API itself gives; `deps` may throw it too. */
export class ApiFailureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly string[];

  constructor(status: number, code: string, message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'ApiFailureError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Status of the codes that the agent's own errors carry. */
const STATUS_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['NOT_LEADER', 421],
  ['NOT_PRIMARY', 421],
  ['REFUSED', 409],
  ['TIMEOUT', 504],
]);

const BODY_FAILURES: ReadonlyMap<string, readonly [status: number, code: string, message: string]> =
  new Map([
    ['entity.too.large', [413, 'TOO_LARGE', 'the body is larger than 1 MiB']],
    ['entity.parse.failed', [400, 'BAD_JSON', 'the body is not JSON']],
    ['encoding.unsupported', [415, 'BAD_ENCODING', 'send the body without compression']],
    ['charset.unsupported', [415, 'BAD_CHARSET', 'send the body as UTF-8']],
    ['request.size.invalid', [400, 'BAD_LENGTH', 'the body is not as long as announced']],
    ['request.aborted', [400, 'ABORTED', 'the request was aborted']],
  ]);

/** `unexpected`: worth a line in the log, since the answer does not tell. */
export function describeFailure(error: unknown): ApiFailure & { readonly unexpected: boolean } {
  if (error instanceof ProtocolError) {
    const details = error.problems.map(({ field, message }) =>
      field === '' ? message : `${field}: ${message}`,
    );
    const message = `the body is not a ${error.what}`;
    return { status: 400, body: { code: error.code, message, details }, unexpected: false };
  }
  const fields = fieldsOf(error);
  const failure = BODY_FAILURES.get(String(fields['type']));
  if (failure !== undefined) {
    const [status, code, message] = failure;
    return { status, body: { code, message, details: [] }, unexpected: false };
  }
  if (error instanceof URIError) {
    const body = { code: 'BAD_PATH', message: 'the path is not a URL path', details: [] };
    return { status: 400, body, unexpected: false };
  }
  if (!(error instanceof Error) || !isOurs(fields)) {
    const message = 'the agent failed to answer; its log says why';
    return { status: 500, body: { code: 'INTERNAL', message, details: [] }, unexpected: true };
  }
  const code = String(fields['code']);
  const status =
    error instanceof ApiFailureError ? error.status : (STATUS_OF_CODE.get(code) ?? 500);
  const body = { code, message: error.message, details: detailsOf(fields) };
  return { status, body, unexpected: status === 500 };
}

/** An error class of this project has a stable code and none of the marks of Node's and MySQL's errors. */
function isOurs(fields: Readonly<Record<string, unknown>>): boolean {
  const { code } = fields;
  if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]*$/.test(code)) return false;
  return !code.startsWith('ERR_') && !('errno' in fields) && !('syscall' in fields);
}

function detailsOf(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const { details, leader } = fields;
  if (Array.isArray(details)) return details.map(String);
  if (typeof leader === 'string' || typeof leader === 'number') return [String(leader)];
  return [];
}

function fieldsOf(error: unknown): Readonly<Record<string, unknown>> {
  return typeof error === 'object' && error !== null ? { ...error } : {};
}
