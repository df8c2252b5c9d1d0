import { type Static, Type } from 'typebox';
import { storageSizeOptions } from './quantity.ts';
import { closed } from './structural.ts';

/** Volumes of a cluster that says nothing about them. */
export const DEFAULT_STORAGE_SIZE = '10Gi';

/** What holds for `spec.storage` as a whole stands at `spec`: it may come and go as a whole. */
export const storageSchema = Type.Object(
  {
    size: Type.Optional(
      Type.String({
        ...storageSizeOptions,
        default: DEFAULT_STORAGE_SIZE,
        description:
          "Size of each member's volume. It can grow, when the storage class allows it, and never shrink.",
        'x-kubernetes-validations': [
          {
            rule: "!isQuantity(self) || quantity(self).compareTo(quantity('1Gi')) >= 0",
            message: 'must be at least 1Gi',
            reason: 'FieldValueInvalid',
          },
        ],
      }),
    ),
    storageClassName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
        description:
          "StorageClass of the volumes; cannot be changed. Absent: the cluster's default class.",
        'x-radondb-message':
          'must be the name of a StorageClass: lower case letters, digits, "-" and "."',
      }),
    ),
    reclaimPolicy: Type.Optional(
      Type.Enum(['Retain', 'Delete'], {
        type: 'string',
        default: 'Retain',
        description:
          'What becomes of the volumes when the MysqlCluster is deleted. A new one of the same name takes retained ones over.',
      }),
    ),
  },
  { ...closed, description: "The members' volumes." },
);

export type Storage = Static<typeof storageSchema>;
