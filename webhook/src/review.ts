/**
 * The webhook's decisions: an admission request in, its answer out. Pure: no clock, no I/O, nothing
 * kept. What a review wants to know of other objects comes in as facts; the same answer is given
 * for a dry run.
 */
import type { FieldProblem, FieldWarning } from '@radondb/api';
import {
  type AdmissionRequest,
  type AdmissionResponse,
  fieldOf,
  recordOf,
} from './review/admission-review.ts';
import { defaultPatch } from './review/default-patch.ts';
import type { Facts, Reference } from './review/facts.ts';
import {
  type Findings,
  type KindRules,
  NO_SETTINGS,
  type ReviewSettings,
} from './review/kinds/kind-rules.ts';
import { KINDS, rulesFor } from './review/kinds/table.ts';
import { sameJson } from './review/same-json.ts';
import { whyTooLarge } from './review/size.ts';
import { badRequestStatus, forbiddenStatus, invalidStatus, type Status } from './review/status.ts';
import { warningTexts } from './review/warnings.ts';

/** The objects whose existence `reviewValidate` wants to know of. Empty for what is let through. */
export function referencesOf(request: AdmissionRequest): readonly Reference[] {
  const rules = rulesFor(request.address, request.version);
  if (rules === undefined || !isReviewed(request)) return [];
  return whyTooLarge(request.object) === undefined
    ? rules.references(request.object, request.namespace)
    : [];
}

/** Whether the request is granted; if not, every reason at once. */
export function reviewValidate(request: AdmissionRequest, facts: Facts): AdmissionResponse {
  const rules = rulesFor(request.address, request.version);
  if (rules === undefined) return refuse(request, unknownKind(request));
  if (request.operation === 'DELETE') return reviewDelete(request);
  if (!isReviewed(request)) return allow(request);
  const { problems, warnings } = findings(rules, request);
  if (problems.length > 0) return refuse(request, invalidStatus(request.address, problems));
  const missing = facts.missing.map((reference) => missingWarning(reference));
  return allow(request, warningTexts([...warnings, ...missing]));
}

/**
 * A patch that pins what must be pinned when an object is made. It refuses what `reviewValidate`
 * would refuse: kube-apiserver checks a CRD's schema between the two and stops at its findings, so
 * this is the only place where a person hears of everything at once.
 */
export function reviewDefault(
  request: AdmissionRequest,
  settings: ReviewSettings = NO_SETTINGS,
): AdmissionResponse {
  const rules = rulesFor(request.address, request.version);
  if (rules === undefined) return refuse(request, unknownKind(request));
  if (!isReviewed(request)) return allow(request);
  const { problems } = findings(rules, request);
  if (problems.length > 0) return refuse(request, invalidStatus(request.address, problems));
  if (request.operation !== 'CREATE') return allow(request);
  const patch = defaultPatch(request.object, rules.pins(request.object, settings));
  if (patch.length === 0) return allow(request);
  const text = Buffer.from(JSON.stringify(patch)).toString('base64');
  return { ...allow(request), patchType: 'JSONPatch', patch: text };
}

/**
 * Whether the object's content is looked at. Let through: subresources, deletions' finalizers, and
 * updates that leave `spec` alone, so that an object which an earlier version let in can still be
 * labelled, finalized and reported on.
 */
function isReviewed({ operation, subresource, object, oldObject }: AdmissionRequest): boolean {
  if (subresource !== '') return false;
  if (operation === 'CREATE') return true;
  if (operation !== 'UPDATE') return false;
  const isBeingDeleted =
    typeof fieldOf(fieldOf(object, 'metadata'), 'deletionTimestamp') === 'string';
  return !isBeingDeleted && !sameJson(fieldOf(object, 'spec'), fieldOf(oldObject, 'spec'));
}

function findings(rules: KindRules, request: AdmissionRequest): Findings {
  const tooLarge = whyTooLarge(request.object);
  if (tooLarge !== undefined) return { problems: [invalid('', tooLarge)], warnings: [] };
  const oldObject =
    request.operation === 'UPDATE' && whyTooLarge(request.oldObject) === undefined
      ? request.oldObject
      : undefined;
  return rules.validate(withName(request.object), oldObject);
}

/** With `generateName` the API server makes the name up after the mutating webhooks: five characters more. */
function withName(object: unknown): unknown {
  const metadata = recordOf(fieldOf(object, 'metadata'));
  const prefix = fieldOf(metadata, 'generateName');
  if (typeof prefix !== 'string' || prefix === '' || fieldOf(metadata, 'name')) return object;
  return { ...(object as object), metadata: { ...metadata, name: `${prefix}xxxxx` } };
}

function reviewDelete(request: AdmissionRequest): AdmissionResponse {
  const spec = fieldOf(request.oldObject, 'spec');
  if (request.subresource !== '' || fieldOf(spec, 'deletionProtection') !== true) {
    return allow(request);
  }
  const why =
    'spec.deletionProtection is true, so that nobody deletes it by mistake: set it to false first, then delete it again';
  return refuse(request, forbiddenStatus(request.address, why));
}

function unknownKind({ address: { kind, group }, version }: AdmissionRequest): Status {
  const asked = JSON.stringify(`${group}/${version}, ${kind}`.slice(0, 200));
  const known = KINDS.map((rules) => rules.kind).join(', ');
  return badRequestStatus(
    `this webhook does not check ${asked}, but ${known}: take it out of the webhook configuration, or use the operator's version that knows it`,
  );
}

function missingWarning({ kind, name, namespace, field }: Reference): FieldWarning {
  return { field, message: `there is no ${kind} ${name} in namespace ${namespace} yet: create it` };
}

function invalid(field: string, message: string): FieldProblem {
  return { field, reason: 'FieldValueInvalid', message };
}

function allow({ uid }: AdmissionRequest, warnings: readonly string[] = []): AdmissionResponse {
  return { uid, allowed: true, ...(warnings.length > 0 && { warnings }) };
}

function refuse({ uid }: AdmissionRequest, status: Status): AdmissionResponse {
  return { uid, allowed: false, status };
}
