import { deepEqual, isObject, type JsonObject, type KubeObject } from '../object.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { celErrorText } from '../schema/cel-environment.ts';
import { badRequest, internalError, type Status, StatusError } from '../status-error.ts';
import { matchesSelector } from '../store/selectors.ts';
import type { Store } from '../store/store.ts';
import { conditionsHold, type MatchCondition, policyVariables } from './cel.ts';
import { type AdmissionRequest, type Rule, ruleMatches } from './request.ts';
import { type ClientConfig, postReview } from './webhook-client.ts';

interface Webhook {
  readonly name: string;
  readonly clientConfig: ClientConfig;
  readonly rules?: readonly Rule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly namespaceSelector?: JsonObject;
  readonly objectSelector?: JsonObject;
  readonly matchConditions?: readonly MatchCondition[];
  readonly timeoutSeconds: number;
  readonly sideEffects: string;
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
}

const GROUP = 'admissionregistration.k8s.io';

/** The webhooks that want a request, in the order of their configurations' names. */
function webhooksFor(
  store: Store,
  kind: 'mutating' | 'validating',
  request: AdmissionRequest,
): Webhook[] {
  // A webhook that could veto its own configuration could never be removed.
  if (request.resource.group === GROUP && request.resource.resource.includes('webhook')) return [];
  const configurations = store.list(`${GROUP}/${kind}webhookconfigurations/`) ?? [];
  return configurations
    .flatMap(([, one]) => (one['webhooks'] ?? []) as Webhook[])
    .filter((webhook) => webhook.rules?.some((rule) => ruleMatches(rule, request)) === true)
    .filter((webhook) => selects(store, webhook, request));
}

function selects(store: Store, webhook: Webhook, request: AdmissionRequest): boolean {
  const namespace = namespaceOf(store, request);
  const inNamespace =
    namespace === undefined ||
    matchesSelector(webhook.namespaceSelector, namespace.metadata.labels);
  const labelled = [request.object, request.oldObject].some(
    (object) => object !== null && matchesSelector(webhook.objectSelector, object.metadata.labels),
  );
  return inNamespace && labelled;
}

export function namespaceOf(store: Store, request: AdmissionRequest): KubeObject | undefined {
  if (request.resource.group === '' && request.resource.resource === 'namespaces') {
    return request.object ?? request.oldObject ?? undefined;
  }
  return request.namespace === undefined
    ? undefined
    : store.get(`/namespaces//${request.namespace}`);
}

/** Lets every webhook concerned change the object, one after the other. @returns the object to go on with. */
export async function mutate(
  store: Store,
  request: AdmissionRequest,
  warn: (text: string) => void,
): Promise<KubeObject | null> {
  let object = request.object;
  const webhooks = webhooksFor(store, 'mutating', request);
  const again: Webhook[] = [];
  for (const [index, webhook] of webhooks.entries()) {
    const changed = await review(store, webhook, { ...request, object }, warn);
    if (deepEqual(changed, object)) continue;
    object = changed;
    again.push(...webhooks.slice(0, index).filter((one) => one.reinvocationPolicy === 'IfNeeded'));
  }
  for (const webhook of new Set(again))
    object = await review(store, webhook, { ...request, object }, warn);
  return object;
}

/** Asks every validating webhook concerned, all at once. @throws the refusal of the first in order. */
export async function validate(
  store: Store,
  request: AdmissionRequest,
  warn: (text: string) => void,
): Promise<void> {
  const answers = await Promise.allSettled(
    webhooksFor(store, 'validating', request).map((webhook) =>
      review(store, webhook, request, warn),
    ),
  );
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason as Error;
}

async function review(
  store: Store,
  webhook: Webhook,
  request: AdmissionRequest,
  warn: (text: string) => void,
): Promise<KubeObject | null> {
  try {
    const variables = policyVariables(request, namespaceOf(store, request));
    if (!conditionsHold(webhook.matchConditions ?? [], variables)) return request.object;
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return request.object;
    throw internalError(
      `failed to evaluate match conditions of webhook "${webhook.name}": ${celErrorText(error)}`,
    );
  }
  if (request.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
    throw badRequest(`admission webhook "${webhook.name}" does not support dry run`);
  }
  const envelope = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
  try {
    const response = await postReview(
      store,
      webhook.clientConfig,
      envelope,
      webhook.timeoutSeconds,
    );
    for (const warning of Array.isArray(response['warnings']) ? response['warnings'] : [])
      warn(String(warning));
    if (response['allowed'] !== true) throw denied(webhook.name, response['status']);
    return patched(request.object, response);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    if (webhook.failurePolicy === 'Ignore') return request.object;
    const why = error instanceof Error ? error.message : String(error);
    throw internalError(`failed calling webhook "${webhook.name}": ${why}`);
  }
}

function patched(object: KubeObject | null, response: JsonObject): KubeObject | null {
  if (response['patch'] === undefined || object === null) return object;
  const patch: unknown = JSON.parse(Buffer.from(String(response['patch']), 'base64').toString());
  return applyJsonPatch(object, patch) as KubeObject;
}

function denied(name: string, given: unknown): StatusError {
  const status: Partial<Status> = isObject(given) ? given : {};
  const by = `admission webhook "${name}" denied the request`;
  const why = status.message || status.reason;
  const code = status.code !== undefined && status.code >= 400 ? status.code : 400;
  return new StatusError(
    code,
    status.reason ?? '',
    why ? `${by}: ${why}` : `${by} without explanation`,
    status.details,
  );
}
