/** Why a rule refuses, in the API server's vocabulary. */
export type RuleReason =
  | 'FieldValueInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate';

/** One of `x-kubernetes-validations`: a CEL expression over `self` (and `oldSelf`, when it changes). */
export interface CelRule {
  readonly rule: string;
  /** Says what to do. */
  readonly message: string;
  readonly reason: RuleReason;
  /** Below the value that carries the rule, as in `.storage.size`. */
  readonly fieldPath?: string;
}

/** Unknown fields are refused: one that was misspelt would else be ignored. */
export const closed = { additionalProperties: false };

/** What the API server checks beyond the schema; each expression once more in `src/validate`. */
export function rules(...list: readonly CelRule[]): { 'x-kubernetes-validations': CelRule[] } {
  return { 'x-kubernetes-validations': [...list] };
}

/** A list whose items are told apart by these fields: writers may own items of their own. */
export function listMap(...keys: readonly string[]): Record<string, unknown> {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] };
}

/** A list of different scalars. */
export const listSet = { 'x-kubernetes-list-type': 'set', uniqueItems: true };

/** A list that one writer replaces as a whole. */
export const listAtomic = { 'x-kubernetes-list-type': 'atomic' };
