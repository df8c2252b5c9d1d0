import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { KINDS } from '@radondb/api/crd';
import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import { run } from './applied.ts';
import { type Kind, objectOf, type Spec } from './case.ts';

const NAMESPACE = 'crd-shape';
const IN = ['-n', NAMESPACE] as const;

const CONDITIONS = [
  {
    type: 'Ready',
    status: 'True',
    reason: 'AllMembersReady',
    message: '3 of 3 members are up.',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  },
  {
    type: 'Redundant',
    status: 'True',
    reason: 'CanLoseOne',
    message: 'Can lose any one more member.',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  },
];

/** What kubectl shows of the kinds and what the server fills in. */
export function describeShape(target: () => KubectlTarget): void {
  describe('show', () => {
    const apply = async (kind: Kind, name: string, spec: Spec): Promise<void> => {
      await run(target(), ['apply', ...IN, '-f', '-'], JSON.stringify(objectOf(kind, name, spec)));
    };
    const read = async (what: string, name: string): Promise<{ spec: Spec; status?: Spec }> =>
      JSON.parse(await run(target(), ['get', what, name, ...IN, '-o', 'json']));
    const patchStatus = async (what: string, name: string, status: Spec): Promise<void> => {
      const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
      await run(target(), ['patch', what, name, ...IN, ...patch]);
    };

    before(async () => {
      await run(target(), ['create', 'namespace', NAMESPACE]);
      await apply('MysqlCluster', 'demo', { mysql: { version: '9.7' } });
      const clusterRef = { name: 'demo' };
      await apply('MysqlUser', 'app', { clusterRef, passwordSecretRef: { name: 'app' } });
      await apply('MysqlDatabase', 'shop', { clusterRef });
    });

    it('what the schema fills in: in maps, never in lists or objects that nobody wrote', async () => {
      assert.deepEqual((await read('myc', 'demo')).spec, {
        replicas: 3,
        mysql: { version: '9.7' },
        paused: false,
        deletionProtection: false,
      });
      await apply('MysqlCluster', 'full', {
        storage: {},
        ha: { failover: {} },
        routing: { service: {} },
        accounts: { namespaces: {} },
        pod: { tolerations: [{ operator: 'Exists' }] },
      });
      assert.deepEqual((await read('myc', 'full')).spec, {
        replicas: 3,
        paused: false,
        deletionProtection: false,
        storage: { size: '10Gi', reclaimPolicy: 'Retain' },
        ha: { durability: 'standard', failover: { enabled: true, delay: '0s' } },
        routing: { service: { type: 'ClusterIP' } },
        accounts: { namespaces: { from: 'Same' } },
        pod: { tolerations: [{ operator: 'Exists' }] },
      });
      assert.deepEqual((await read('myu', 'app')).spec, {
        clusterRef: { name: 'demo' },
        passwordSecretRef: { name: 'app', key: 'password' },
        keepOldPassword: '1h',
        reclaimPolicy: 'Delete',
      });
      assert.deepEqual((await read('myd', 'shop')).spec, {
        clusterRef: { name: 'demo' },
        characterSet: 'utf8mb4',
        reclaimPolicy: 'Retain',
      });
    });

    it('settings of mysqld as they were written: text, numbers, booleans', async () => {
      const config = { sql_mode: 'ANSI', long_query_time: 0.5, max_connections: 9, log_bin: true };
      await apply('MysqlCluster', 'settings', { mysql: { config } });
      assert.deepEqual((await read('myc', 'settings')).spec['mysql'], { config });
    });

    it('a field that is misspelt as an error that names it', async () => {
      const object = objectOf('MysqlCluster', 'misspelt', { replcas: 3, mysql: { conf: {} } });
      const { code, stderr } = await kubectl(target(), ['apply', ...IN, '-f', '-'], {
        stdin: JSON.stringify(object),
      });
      assert.equal(code, 1);
      assert.match(stderr, /unknown field "spec\.mysql\.conf", unknown field "spec\.replcas"/);
    });

    it('columns that say what matters', async () => {
      await patchStatus('myc', 'demo', {
        primary: 'demo-0',
        readyMembers: '3/3',
        conditions: CONDITIONS,
      });
      const table = await run(target(), ['get', 'myc', 'demo', ...IN]);
      const [head, row] = table.trimEnd().split('\n');
      assert.deepEqual(head?.split(/\s+/), [
        ...['NAME', 'READY', 'STATUS', 'PRIMARY', 'REDUNDANT', 'VERSION', 'AGE'],
      ]);
      assert.deepEqual(row?.split(/\s+/).slice(0, -1), [
        ...['demo', '3/3', 'AllMembersReady', 'demo-0', 'True', '9.7'],
      ]);
      const wide = await run(target(), ['get', 'myc', 'demo', ...IN, '-o', 'wide']);
      assert.match(wide, /MESSAGE\s*\n.*3 of 3 members are up\./);
    });

    it('accounts and schemas with their cluster', async () => {
      await patchStatus('myu', 'app', { conditions: [CONDITIONS[0]], accounts: ["'app'@'%'"] });
      await patchStatus('myd', 'shop', { conditions: [CONDITIONS[0]], schema: 'shop' });
      const user = await run(target(), ['get', 'myu', 'app', ...IN, '--no-headers']);
      assert.match(user, /^app\s+True\s+AllMembersReady\s+demo\s/);
      const schema = await run(target(), ['get', 'myd', 'shop', ...IN, '--no-headers']);
      assert.match(schema, /^shop\s+True\s+AllMembersReady\s+demo\s+shop\s+utf8mb4\s/);
    });

    it('everything under the categories radondb and all', async () => {
      for (const category of ['radondb', 'all']) {
        const names = await run(target(), ['get', category, ...IN, '-o', 'name']);
        for (const name of ['mysqlcluster', 'mysqluser', 'mysqldatabase']) {
          assert.ok(names.includes(`${name}.radondb.com/`), `${name} in ${category}: ${names}`);
        }
      }
    });

    it('what a field selector asks for', async () => {
      const select = async (what: string, selector: string): Promise<string> =>
        (
          await run(target(), ['get', what, ...IN, '-o', 'name', '--field-selector', selector])
        ).trim();
      assert.equal(await select('myc', 'status.primary=demo-0'), 'mysqlcluster.radondb.com/demo');
      assert.equal(await select('myu', 'spec.clusterRef.name=demo'), 'mysqluser.radondb.com/app');
      assert.equal(await select('myd', 'spec.clusterRef.name=other'), '');
    });

    it('the count of members to kubectl scale, within its bounds', async () => {
      await patchStatus('myc', 'demo', { replicas: 3, selector: 'radondb.com/cluster=demo' });
      const raw = `/apis/radondb.com/v1/namespaces/${NAMESPACE}/mysqlclusters/demo/scale`;
      const scale = JSON.parse(await run(target(), ['get', '--raw', raw]));
      assert.equal(scale.spec.replicas, 3);
      assert.deepEqual(scale.status, { replicas: 3, selector: 'radondb.com/cluster=demo' });
      for (const replicas of [5, 0]) {
        await run(target(), ['scale', 'myc', 'demo', ...IN, `--replicas=${replicas}`]);
        assert.equal((await read('myc', 'demo')).spec['replicas'], replicas);
      }
      const { code, stderr } = await kubectl(target(), [
        ...['scale', 'myc', 'demo', ...IN, '--replicas=9'],
      ]);
      assert.equal(code, 1);
      assert.match(stderr, /spec\.replicas.*less than or equal to 7/);
    });

    it('status apart from the spec: neither writes the other', async () => {
      const { generation } = JSON.parse(
        await run(target(), ['get', 'myd', 'shop', ...IN, '-o', 'jsonpath={.metadata}']),
      );
      await patchStatus('myd', 'shop', { observedGeneration: generation });
      await run(target(), [
        ...['patch', 'myd', 'shop', ...IN, '--type=merge', '-p'],
        JSON.stringify({ spec: { collation: 'utf8mb4_bin' }, status: { schema: 'other' } }),
      ]);
      const { status } = await read('myd', 'shop');
      assert.equal(status?.['schema'], 'shop');
      assert.equal(status?.['observedGeneration'], generation);
    });

    for (const { kind, plural, schema } of KINDS) {
      it(`an explanation of every field of ${kind}`, async () => {
        const tree = await run(target(), ['explain', plural, '--recursive']);
        for (const path of fieldsOf(schema, '')) {
          const name = path.slice(path.lastIndexOf('.') + 1);
          assert.match(tree, new RegExp(`^ +${name}\t<`, 'm'), path);
        }
        const spec = await run(target(), ['explain', `${plural}.spec`]);
        assert.doesNotMatch(spec, /<no description>|DESCRIPTION:\s*<empty>/);
      });
    }
  });
}

/** Paths of all fields below spec and status. */
function fieldsOf(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, items } = schema as { properties?: object; items?: unknown };
  if (items !== undefined) return fieldsOf(items, path);
  return Object.entries(properties ?? {}).flatMap(([name, child]) => [
    ...(path === '' && name !== 'spec' && name !== 'status' ? [] : [`${path}.${name}`]),
    ...(path === '' && name !== 'spec' && name !== 'status'
      ? []
      : fieldsOf(child, `${path}.${name}`)),
  ]);
}
