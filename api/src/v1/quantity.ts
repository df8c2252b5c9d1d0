import { Type } from 'typebox';

/** Kubernetes' way to write an amount; a plain whole number is fine unquoted. */
export type Quantity = string | number;

const PATTERN = '^[0-9]{1,15}(\\.[0-9]{1,9})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';
const MESSAGE = 'must be an amount like 500m, 2, 512Mi or 20Gi';

/** An amount of something, as text or as a whole number. */
export function quantitySchema(description: string): ReturnType<typeof Type.Unsafe<Quantity>> {
  return Type.Unsafe<Quantity>({
    type: ['integer', 'string'],
    pattern: PATTERN,
    maxLength: 32,
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description,
    'x-radondb-message': MESSAGE,
  });
}

/** An amount of bytes, always text: `20Gi`. */
export const storageSizeOptions = {
  pattern: '^[0-9]{1,15}(\\.[0-9]{1,9})?(M|G|T|Ki|Mi|Gi|Ti)?$',
  maxLength: 32,
  'x-radondb-message': 'must be an amount of bytes like 500Mi or 20Gi',
};
