import type { MysqlDatabase, MysqlDatabaseSpec } from '../v1/mysql-database.ts';

/** A schema's spec in which nothing is absent but the collation: then it is the character set's own. */
export interface CompleteMysqlDatabaseSpec {
  readonly clusterRef: { readonly name: string; readonly namespace: string };
  readonly name: string;
  readonly characterSet: NonNullable<MysqlDatabaseSpec['characterSet']>;
  readonly collation?: string | undefined;
  readonly reclaimPolicy: 'Retain' | 'Delete';
}

export interface CompleteMysqlDatabase extends Omit<MysqlDatabase, 'spec'> {
  readonly spec: CompleteMysqlDatabaseSpec;
}

/** Fills in what is absent and changes nothing that is given: applied twice it gives the same. */
export function applyDatabaseDefaults(database: MysqlDatabase): CompleteMysqlDatabase {
  const { metadata, spec } = database;
  return {
    ...database,
    spec: {
      ...spec,
      clusterRef: { namespace: metadata.namespace ?? 'default', ...spec.clusterRef },
      name: spec.name ?? metadata.name,
      characterSet: spec.characterSet ?? 'utf8mb4',
      reclaimPolicy: spec.reclaimPolicy ?? 'Retain',
    },
  };
}
