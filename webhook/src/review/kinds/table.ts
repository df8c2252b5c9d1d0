import { API_VERSION } from '@radondb/api';
import type { ObjectAddress } from '../admission-review.ts';
import type { KindRules } from './kind-rules.ts';
import { mysqlClusterRules } from './mysql-cluster.ts';
import { mysqlDatabaseRules } from './mysql-database.ts';
import { mysqlUserRules } from './mysql-user.ts';

/** Every kind that is reviewed. */
export const KINDS: readonly KindRules[] = [mysqlClusterRules, mysqlUserRules, mysqlDatabaseRules];

const [GROUP = '', VERSION = ''] = API_VERSION.split('/');

/** The rules of what a request is about; undefined when it is none of ours. */
export function rulesFor(address: ObjectAddress, version: string): KindRules | undefined {
  if (address.group !== GROUP || version !== VERSION) return undefined;
  return KINDS.find(({ kind }) => kind === address.kind);
}
