import type { FieldWarning } from '@radondb/api';

/** More than a person reads, and kubectl prints each on its own line. */
export const MAXIMUM_WARNINGS = 3;
/** kube-apiserver cuts longer ones off. */
const MAXIMUM_CHARACTERS = 250;

/** As `Warning:` lines of kubectl. When there are more than three, the last names the fields of the others. */
export function warningTexts(warnings: readonly FieldWarning[]): readonly string[] {
  const texts = warnings.map(({ field, message }) => clip(`${field}: ${message}`));
  if (texts.length <= MAXIMUM_WARNINGS) return texts;
  const others = warnings.slice(MAXIMUM_WARNINGS - 1).map(({ field }) => field);
  const last = clip(`${others.length} more warnings, about ${others.join(', ')}`);
  return [...texts.slice(0, MAXIMUM_WARNINGS - 1), last];
}

function clip(text: string): string {
  return text.length <= MAXIMUM_CHARACTERS ? text : `${text.slice(0, MAXIMUM_CHARACTERS - 1)}…`;
}
