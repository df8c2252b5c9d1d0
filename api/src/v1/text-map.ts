import { Type } from 'typebox';
import { labelKey, labelValue } from './labels.ts';
import { type CelRule, rules } from './structural.ts';

export type TextMap = Readonly<Record<string, string>>;

/** Labels or annotations: text → text. Both have keys of one form; values of labels have one, too. */
export function textMap(
  values: 'labels' | 'annotations',
  description: string,
  ...validations: readonly CelRule[]
): ReturnType<typeof Type.Unsafe<TextMap>> {
  return Type.Unsafe<TextMap>({
    type: 'object',
    additionalProperties: {
      type: 'string',
      ...(values === 'labels' ? labelValue : { maxLength: 16_384 }),
    },
    maxProperties: 64,
    description,
    propertyNames: labelKey,
    ...(validations.length === 0 ? {} : rules(...validations)),
  });
}
