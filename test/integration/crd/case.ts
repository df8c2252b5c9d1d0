/** What an API server has to make of an object: data, so that every API server can be asked. */

export type Kind = 'MysqlCluster' | 'MysqlUser' | 'MysqlDatabase';
export type Spec = Readonly<Record<string, unknown>>;

/** One rule: what it lets through and what it refuses. */
export interface RuleCase {
  /** A sentence about what is refused. */
  readonly name: string;
  readonly kind: Kind;
  /** Name of the object; default: one of the case's own. */
  readonly objectName?: string;
  /** Name of the good object, when the bad one's name is what is wrong. */
  readonly goodName?: string;
  /** The object as it is when the others are applied; absent: they are new. */
  readonly before?: Spec;
  readonly good: Spec;
  readonly bad: Spec;
  /** The bad one is refused for all of these at once; `message` is a part of it. */
  readonly refused: readonly { readonly field: string; readonly message: string }[];
}

/** A case with a name for its object. */
export interface NamedCase extends RuleCase {
  readonly objectName: string;
}

export function named(cases: readonly RuleCase[]): readonly NamedCase[] {
  return cases.map((it, index) => ({ ...it, objectName: it.objectName ?? `case-${index}` }));
}

export function goodObject(it: NamedCase): Record<string, unknown> {
  return objectOf(it.kind, it.goodName ?? it.objectName, it.good);
}

export function objectOf(kind: Kind, name: string, spec: Spec): Record<string, unknown> {
  return { apiVersion: 'radondb.com/v1', kind, metadata: { name }, spec };
}
