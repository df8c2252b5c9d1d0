import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { validateMysqlCluster, validateMysqlClusterUpdate } from '../src/validate/mysql-cluster.ts';
import {
  validateMysqlDatabase,
  validateMysqlDatabaseUpdate,
} from '../src/validate/mysql-database.ts';
import { validateMysqlUser, validateMysqlUserUpdate } from '../src/validate/mysql-user.ts';
import { aCluster, aDatabase, aUser } from './builders.ts';

const cluster = aCluster({
  replicas: 3,
  mysql: {
    version: '9.7',
    image: 'mysql:9.7',
    config: { max_connections: 100 },
    resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
  },
  storage: { size: '20Gi', storageClassName: 'fast', reclaimPolicy: 'Delete' },
  ha: { failover: { enabled: true, delay: '5s' }, durability: 'strict' },
  accounts: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
  routing: { service: { type: 'NodePort', annotations: { a: 'b' } } },
  pod: {
    labels: { a: 'b' },
    tolerations: [{ key: 'a', operator: 'Exists' }],
    topologySpreadConstraints: [
      { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
    ],
  },
});
const user = aUser({
  user: 'app',
  hosts: ['10.0.%', '10.0.0.0/8'],
  grants: [{ privileges: ['SELECT'], schema: 'app', table: 't', columns: ['a'] }],
  tls: { require: 'x509', subject: '/CN=app' },
  limits: { maxUserConnections: 1 },
});
const database = aDatabase({ name: 'shop', characterSet: 'latin1', collation: 'latin1_bin' });

type Check = (value: unknown) => { readonly problems: readonly { readonly field: string }[] };

const CHECKS: readonly (readonly [string, unknown, Check])[] = [
  ['a new cluster', cluster, validateMysqlCluster],
  ['a changed cluster', cluster, (value) => validateMysqlClusterUpdate(cluster, value)],
  ['a new account', user, validateMysqlUser],
  ['a changed account', user, (value) => validateMysqlUserUpdate(user, value)],
  ['a new schema', database, validateMysqlDatabase],
  ['a changed schema', database, (value) => validateMysqlDatabaseUpdate(database, value)],
];

/** Places in a value: every key and index at every depth. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...Object(value) }) as Record<
    string,
    unknown
  >;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** What JSON can say. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(1e21, -1, '', 'a\n', '1e9', '\u0000', '٣', [], {}, 'constructor', '*', '%'),
);

describe('a value of any kind in any place', () => {
  for (const [name, good, check] of CHECKS) {
    it(`of ${name} is judged, and nothing is thrown`, () => {
      assert.deepEqual(check(good).problems, []);
      const places = fc.constantFrom(...placesOf(good));
      fc.assert(
        fc.property(places, anything, (path, by) => {
          const { problems } = check(replaced(good, path, by));
          for (const { field } of problems) assert.equal(typeof field, 'string');
        }),
        { numRuns: 400 },
      );
    });
  }
});
