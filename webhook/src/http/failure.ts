/** What a request that is no review gets: an HTTP status and a `metav1.Status`. Never a stack or a piece of the body. */
import { NotAReviewError } from '../review/admission-review.ts';

export interface HttpFailure {
  readonly status: number;
  readonly message: string;
}

/** Largest body of a request. Bytes; etcd holds objects of 1.5 MiB, and an update carries two. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** By the `type` that body-parser gives its errors. */
const BODY_FAILURES: ReadonlyMap<string, HttpFailure> = new Map([
  ['entity.too.large', { status: 413, message: 'the body is larger than 4 MiB' }],
  ['entity.parse.failed', { status: 400, message: 'the body is not JSON' }],
  ['encoding.unsupported', { status: 415, message: 'send the body without compression' }],
  ['charset.unsupported', { status: 415, message: 'send the body as UTF-8' }],
  ['request.size.invalid', { status: 400, message: 'the body is not as long as announced' }],
  ['request.aborted', { status: 400, message: 'the request was aborted' }],
]);

/** Undefined for an error that nobody foresaw. */
export function foreseenFailure(error: unknown): HttpFailure | undefined {
  if (error instanceof NotAReviewError) return { status: 400, message: error.message };
  if (error instanceof URIError) return { status: 400, message: 'the path is not a URL path' };
  const type = typeof error === 'object' && error !== null ? Reflect.get(error, 'type') : undefined;
  return typeof type === 'string' ? BODY_FAILURES.get(type) : undefined;
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
]);

/** As kube-apiserver answers what it cannot serve. */
export function failureBody({ status, message }: HttpFailure): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: REASONS.get(status) ?? 'InternalError',
    code: status,
  };
}
