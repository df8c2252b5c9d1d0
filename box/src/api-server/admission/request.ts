import type { UserInfo } from '../http/authenticate.ts';
import type { KubeObject } from '../object.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** AdmissionReview's request (admission.k8s.io/v1). */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { group: string; version: string; kind: string };
  readonly resource: { group: string; version: string; resource: string };
  readonly subResource?: string;
  readonly requestKind: { group: string; version: string; kind: string };
  readonly requestResource: { group: string; version: string; resource: string };
  readonly requestSubResource?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly operation: Operation;
  readonly userInfo: UserInfo;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
  readonly options: Record<string, unknown> | null;
}

export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
  readonly resourceNames?: readonly string[];
}

function names(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === '*' || one === value) === true;
}

/** Whether a rule of a webhook or policy speaks of a request. */
export function ruleMatches(rule: Rule, request: AdmissionRequest): boolean {
  const { resource, subResource, operation, namespace } = request;
  const full =
    subResource === undefined ? resource.resource : `${resource.resource}/${subResource}`;
  const patterns = [
    full,
    ...(subResource === undefined ? ['*'] : [`*/${subResource}`, `${resource.resource}/*`]),
    '*/*',
  ];
  const inScope =
    rule.scope === undefined ||
    rule.scope === '*' ||
    (rule.scope === 'Namespaced') === (namespace !== undefined);
  const named =
    rule.resourceNames === undefined ||
    rule.resourceNames.length === 0 ||
    rule.resourceNames.includes(request.name);
  return (
    inScope &&
    named &&
    names(rule.operations, operation) &&
    names(rule.apiGroups, resource.group) &&
    names(rule.apiVersions, resource.version) &&
    rule.resources?.some((one) => patterns.includes(one)) === true
  );
}
