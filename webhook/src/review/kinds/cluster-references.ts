import { fieldOf } from '../admission-review.ts';
import type { Reference } from '../facts.ts';

/** The cluster that an account or a schema is of. */
export function clusterReferences(object: unknown, own: string): readonly Reference[] {
  const reference = fieldOf(fieldOf(object, 'spec'), 'clusterRef');
  const name = fieldOf(reference, 'name');
  const elsewhere = fieldOf(reference, 'namespace');
  const namespace = typeof elsewhere === 'string' ? elsewhere : own;
  return typeof name === 'string' && name !== ''
    ? [{ kind: 'MysqlCluster', namespace, name, field: 'spec.clusterRef' }]
    : [];
}
