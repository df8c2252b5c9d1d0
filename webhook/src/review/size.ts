/** Bounds on what is checked: the work must not grow with what someone sends. */

/** A real object has a tenth of it. */
export const MAXIMUM_DEPTH = 64;
/** Values in all, of lists and maps too. A cluster with its managed fields has some hundreds. */
export const MAXIMUM_VALUES = 20_000;

/** Why this value is not looked at; undefined when it is small enough. */
export function whyTooLarge(value: unknown): string | undefined {
  let values = 0;
  let tooDeep = false;
  const visit = (item: unknown, depth: number): void => {
    values += 1;
    if (typeof item !== 'object' || item === null) return;
    if (depth >= MAXIMUM_DEPTH) {
      tooDeep = true;
      return;
    }
    for (const child of Array.isArray(item) ? item : Object.values(item)) {
      if (tooDeep || values > MAXIMUM_VALUES) return;
      visit(child, depth + 1);
    }
  };
  visit(value, 0);
  if (tooDeep) return `is nested deeper than ${MAXIMUM_DEPTH} levels: flatten it`;
  if (values > MAXIMUM_VALUES) return `has more than ${MAXIMUM_VALUES} values: shorten it`;
  return undefined;
}
