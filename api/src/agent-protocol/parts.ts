import { type TNull, type TSchema, type TUnion, Type } from 'typebox';

// The pieces that the protocol's schemas are made of. Fields that a schema does not name are let
// through: during an upgrade, members of two versions talk to each other.

export const text = Type.String();
export const flag = Type.Boolean();
export const count = Type.Integer({ minimum: 0, 'x-radondb-message': 'must be 0 or more' });
export const amount = Type.Number({ minimum: 0, 'x-radondb-message': 'must be 0 or more' });
export const port = Type.Integer({
  minimum: 1,
  maximum: 65535,
  'x-radondb-message': 'must be a port (1-65535)',
});
export const textOrNull = Type.Union([Type.String(), Type.Null()], {
  'x-radondb-message': 'must be a string or null',
});
export const countOrNull = Type.Union([count, Type.Null()], {
  'x-radondb-message': 'must be a whole number, 0 or more, or null',
});
export const amountOrNull = Type.Union([amount, Type.Null()], {
  'x-radondb-message': 'must be a number, 0 or more, or null',
});

/**
 * An object or null. The object's own complaints are what a person wants to read: checked as an
 * object unless it is null.
 */
export function orNull<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return Type.Union([schema, Type.Null()]);
}
