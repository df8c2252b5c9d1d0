/** `admission.k8s.io/v1` AdmissionReview: the part that we read, and what we answer. */
import type { Status } from './status.ts';

export const ADMISSION_API_VERSION = 'admission.k8s.io/v1';

export const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How an object is named in an answer. */
export interface ObjectAddress {
  readonly group: string;
  readonly kind: string;
  /** Empty when the API server is to make one up (`generateName`). */
  readonly name: string;
}

/** A request whose envelope is sound. The objects may be anything. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly address: ObjectAddress;
  readonly version: string;
  readonly namespace: string;
  readonly operation: Operation;
  /** `status`, `scale`, or empty for the object itself. */
  readonly subresource: string;
  /** Null for DELETE. */
  readonly object: unknown;
  /** Null for CREATE. */
  readonly oldObject: unknown;
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Status;
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** Base64 of the JSON Patch. */
  readonly patch?: string;
}

export interface AdmissionReviewAnswer {
  readonly apiVersion: typeof ADMISSION_API_VERSION;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

/** The body is not an AdmissionReview: there is no `uid` to answer to. */
export class NotAReviewError extends Error {
  override readonly name = 'NotAReviewError';
  readonly code = 'NOT_A_REVIEW';
}

/** @throws NotAReviewError that says what is wrong with the envelope */
export function parseAdmissionReview(body: unknown): AdmissionRequest {
  const review = recordOf(body);
  const request = recordOf(review?.['request']);
  if (review?.['apiVersion'] !== ADMISSION_API_VERSION || review['kind'] !== 'AdmissionReview') {
    throw new NotAReviewError(
      `the body must be an AdmissionReview of ${ADMISSION_API_VERSION}: check admissionReviewVersions in the webhook configuration`,
    );
  }
  if (request === undefined) throw new NotAReviewError('the AdmissionReview has no request');
  const uid = textOf(request['uid']);
  // The API server makes UUIDs; anything longer is not one and need not be echoed.
  if (uid === '' || uid.length > 128) {
    throw new NotAReviewError('the request of the AdmissionReview has no uid that can be answered');
  }
  const operation = OPERATIONS.find((known) => known === request['operation']);
  if (operation === undefined) {
    throw new NotAReviewError(
      `the operation of the AdmissionReview must be one of ${OPERATIONS.join(', ')}`,
    );
  }
  const kind = recordOf(request['kind']);
  const object = request['object'] ?? null;
  return {
    uid,
    address: {
      group: textOf(kind?.['group']),
      kind: textOf(kind?.['kind']),
      name: textOf(request['name']) || nameOf(object) || nameOf(request['oldObject']),
    },
    version: textOf(kind?.['version']),
    namespace: textOf(request['namespace']),
    operation,
    subresource: textOf(request['subResource']),
    object,
    oldObject: request['oldObject'] ?? null,
  };
}

export function reviewAnswer(response: AdmissionResponse): AdmissionReviewAnswer {
  return { apiVersion: ADMISSION_API_VERSION, kind: 'AdmissionReview', response };
}

/** The value as an object with fields; undefined for null, lists and everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** An own field of an object: `__proto__` and `constructor` are names like any other here. */
export function fieldOf(value: unknown, name: string): unknown {
  const record = recordOf(value);
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function nameOf(object: unknown): string {
  return textOf(fieldOf(fieldOf(object, 'metadata'), 'name'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
