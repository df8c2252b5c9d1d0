/** What a plan is made from: everything that was seen of one cluster, and the time. Data only. */
import type { MemberReport } from '@radondb/api';
import type { SecretTexts } from '../../certificates/certificates.ts';
import type { OperatorSettings } from '../../desired/model-of.ts';
import type { KubeObject } from '../../runtime/kube-object.ts';

export interface Observation {
  readonly nowMs: number;
  /** RFC 3339. */
  readonly now: string;
  /** The MysqlCluster as it is stored: it may have got past a webhook that was away. */
  readonly cluster: KubeObject;
  /** Objects of the cluster that exist, by `KIND/NAME`. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** What the members say; null: asked, and no answer. Only of pods that exist. */
  readonly reports: ReadonlyMap<string, MemberReport | null>;
  readonly operator: OperatorSettings;
}

export function objectKey(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** Decoded `data` of a Secret; null when it does not exist. */
export function secretTexts(
  observation: Pick<Observation, 'objects'>,
  name: string,
): SecretTexts | null {
  const secret = observation.objects.get(objectKey('Secret', name));
  if (secret === undefined) return null;
  const data = recordOf(secret['data']);
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(String(text), 'base64').toString('utf8'),
    ]),
  );
}

/** An object's fields, none when it is something else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
