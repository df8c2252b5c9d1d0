import { type Static, type TString, Type } from 'typebox';
import { nameSchema } from './values.ts';

const text = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});

/** The part of Kubernetes' ObjectMeta that we read. The API server owns it: other fields pass. */
export function metadataOf(name: TString) {
  return Type.Object({
    name,
    namespace: Type.Optional(Type.String()),
    labels: Type.Optional(text),
    annotations: Type.Optional(text),
    uid: Type.Optional(Type.String()),
    creationTimestamp: Type.Optional(Type.String()),
    deletionTimestamp: Type.Optional(Type.String()),
    generation: Type.Optional(Type.Integer()),
    resourceVersion: Type.Optional(Type.String()),
    finalizers: Type.Optional(Type.Array(Type.String())),
  });
}

export const metadataSchema = metadataOf(nameSchema);

export type ObjectMetadata = Static<typeof metadataSchema>;
