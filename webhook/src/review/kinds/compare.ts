import type { Findings, KindRules } from './kind-rules.ts';

/** How a kind is validated: alone, or against what it was. */
export interface Validators<Type> {
  /** Problems with the shape alone: whether a stored object can be compared with at all. */
  shape(value: unknown): readonly unknown[];
  create(value: unknown): Findings;
  update(before: Type, value: unknown): Findings;
}

/** What was stored under an earlier schema may have any shape: then the new object is checked by itself. */
export function validateAgainst<Type>(validators: Validators<Type>): KindRules['validate'] {
  return (object, oldObject) =>
    oldObject !== undefined && validators.shape(oldObject).length === 0
      ? validators.update(oldObject as Type, object)
      : validators.create(object);
}
