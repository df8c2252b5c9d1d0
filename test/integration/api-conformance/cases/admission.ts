import type { ConformanceCase, Step } from '../case.ts';
import { WIDGETS, widget } from '../widget-crd.ts';

const create = (name: string, spec: Record<string, unknown>, query = ''): Step => ({
  request: `POST ${WIDGETS}${query}`,
  body: widget(name, spec),
});

const RULE = {
  apiGroups: ['conformance.example'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['widgets'],
};
/** Each case's configuration speaks of its own namespace only. */
const OWN_NAMESPACE = { matchLabels: { 'kubernetes.io/metadata.name': 'NS' } };

function webhook(path: string, extra: Record<string, unknown> = {}): object {
  return {
    name: `${path}.conformance.example`,
    clientConfig: { url: `WEBHOOK/${path}`, caBundle: 'WEBHOOK-CA' },
    rules: [RULE],
    namespaceSelector: OWN_NAMESPACE,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 2,
    ...extra,
  };
}

function configure(kind: 'Mutating' | 'Validating', ...webhooks: object[]): Step {
  return {
    request: `POST /apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name: `NS-${kind.toLowerCase()}` },
      webhooks,
    },
    only: ['kind', 'code', 'message'],
  };
}

/** A webhook is asked from the moment the server has seen its configuration, which takes a real one a moment. */
const settle = (expected: number, probe: Record<string, unknown>): Step => ({
  until: `POST ${WIDGETS}?dryRun=All`,
  body: widget('probe', probe),
  code: expected,
});

export const admissionCases: readonly ConformanceCase[] = [
  {
    name: 'webhooks refuse and warn',
    steps: [
      configure('Validating', webhook('deny')),
      settle(422, { mode: 'odd' }),
      create('no', { mode: 'odd' }),
      create('warned', { mode: 'any' }),
      create('dry', { mode: 'odd' }, '?dryRun=All'),
      { kubectl: 'label widget warned a=b' },
      { request: `DELETE ${WIDGETS}/warned` },
    ],
  },
  {
    name: 'webhooks change objects and own what they changed',
    steps: [
      configure('Mutating', webhook('mutate')),
      {
        until: `POST ${WIDGETS}?dryRun=All`,
        body: widget('probe', { mode: 'any' }),
        code: 201,
        contains: 'mutated',
      },
      create('made', { mode: 'any' }),
      { request: `GET ${WIDGETS}/made`, only: ['metadata.managedFields', 'spec.config'] },
    ],
  },
  {
    name: 'webhooks that fail',
    steps: [
      configure(
        'Validating',
        webhook('silent', { failurePolicy: 'Ignore', timeoutSeconds: 1 }),
        webhook('broken', {
          matchConditions: [
            {
              name: 'odd-only',
              expression: 'request.operation != "DELETE" && object.spec.mode == "odd"',
            },
          ],
        }),
      ),
      settle(500, { mode: 'odd' }),
      create('skipped', { mode: 'any' }),
      {
        request: `POST ${WIDGETS}`,
        body: widget('bad', { mode: 'odd' }),
        only: ['reason', 'code'],
      },
    ],
  },
  {
    name: 'policies refuse by CEL',
    steps: [
      {
        request: 'POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
        body: {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name: 'NS-policy' },
          spec: {
            matchConstraints: { resourceRules: [RULE], namespaceSelector: OWN_NAMESPACE },
            variables: [
              {
                name: 'protected',
                expression:
                  "oldObject != null && has(oldObject.metadata.labels) && 'keep' in oldObject.metadata.labels",
              },
            ],
            validations: [
              {
                expression: "request.operation != 'DELETE' || !variables.protected",
                messageExpression: "oldObject.metadata.name + ' is protected'",
                reason: 'Forbidden',
              },
              {
                expression: "request.operation != 'CREATE' || object.spec.mode != 'odd'",
                message: 'no odd widgets',
              },
            ],
          },
        },
        only: ['kind', 'message'],
      },
      {
        request: 'POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
        body: {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicyBinding',
          metadata: { name: 'NS-binding' },
          spec: { policyName: 'NS-policy', validationActions: ['Deny'] },
        },
        only: ['kind', 'message'],
      },
      settle(422, { mode: 'odd' }),
      create('no', { mode: 'odd' }),
      create('yes', { mode: 'any' }),
      { kubectl: 'label widget yes keep=yes' },
      { kubectl: 'delete widget yes' },
      { kubectl: 'label widget yes keep-' },
      { kubectl: 'delete widget yes' },
    ],
  },
];
