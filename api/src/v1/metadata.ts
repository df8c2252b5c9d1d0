import { type Static, Type } from 'typebox';
import { nameSchema } from './values.ts';

const textMap = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});

/** The part of Kubernetes' ObjectMeta that we read. The API server owns it: other fields pass. */
export const metadataSchema = Type.Object({
  name: nameSchema,
  namespace: Type.Optional(Type.String()),
  labels: Type.Optional(textMap),
  annotations: Type.Optional(textMap),
  uid: Type.Optional(Type.String()),
  creationTimestamp: Type.Optional(Type.String()),
  generation: Type.Optional(Type.Integer()),
  resourceVersion: Type.Optional(Type.String()),
});

export type ObjectMetadata = Static<typeof metadataSchema>;
