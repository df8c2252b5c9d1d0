import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FINALIZER } from '../../../src/accounts/plan.ts';
import { recordOf } from '../../../src/reconcilers/mysql-cluster/observation.ts';
import { MYSQL_DATABASES } from '../../../src/runtime/resources.ts';
import { conditionsOf, DONE, messageOf, World } from '../../accounts/world.ts';

const KEY = 'shop/orders';
const NAME = { namespace: 'shop', name: 'orders' };
const SPEC = { clusterRef: { name: 'demo' } };

const database = (world: World) => world.read(MYSQL_DATABASES, NAME);

async function aWorld(spec: object = {}): Promise<World> {
  const world = await World.open();
  await world.put(MYSQL_DATABASES, NAME, { spec: { ...SPEC, ...spec } });
  return world;
}

describe('a MysqlDatabase', () => {
  it('is asked of the primary and becomes Ready; then nothing is written any more', async () => {
    await using world = await aWorld({ characterSet: 'latin1', collation: 'latin1_bin' });
    await world.reconcileDatabase(KEY);
    const { uid } = database(world)!.metadata;
    assert.deepEqual(world.asked[0]?.request, {
      kind: 'ensureSchema',
      owner: { name: KEY, uid },
      timeoutMs: 15_000,
      schema: 'orders',
      charset: 'latin1',
      collation: 'latin1_bin',
    });
    assert.equal(conditionsOf(database(world))['Ready'], 'True InForce');
    assert.equal(recordOf(database(world)?.['status'])['schema'], 'orders');
    assert.deepEqual(database(world)?.metadata.finalizers, [FINALIZER]);
    const { writes } = world;
    await world.reconcileDatabase(KEY);
    assert.equal(world.writes, writes);
  });

  for (const [reclaimPolicy, policy] of [
    [undefined, 'retain'],
    ['Retain', 'retain'],
    ['Delete', 'drop'],
  ] as const) {
    it(`deleted with ${reclaimPolicy ?? 'no reclaimPolicy'}: ${policy}`, async () => {
      await using world = await aWorld(reclaimPolicy === undefined ? {} : { reclaimPolicy });
      await world.reconcileDatabase(KEY);
      await world.delete(MYSQL_DATABASES, NAME);
      await world.reconcileDatabase(KEY);
      const last = world.asked.at(-1)?.request;
      assert.ok(last?.kind === 'releaseSchema');
      assert.equal(last.policy, policy);
      assert.equal(database(world), undefined);
    });
  }

  it('a schema of somebody else stalls it', async () => {
    await using world = await aWorld();
    const problems = [{ code: 'CONFLICT', field: 'schema', message: 'is of others' }] as const;
    world.answer = () => ({ ...DONE, done: false, problems });
    await world.reconcileDatabase(KEY);
    assert.equal(conditionsOf(database(world))['Stalled'], 'True Conflict');
  });

  it('of two objects that declare the same schema the younger one is told', async () => {
    await using world = await aWorld();
    const second = { namespace: 'shop', name: 'second' };
    await world.put(MYSQL_DATABASES, second, { spec: { ...SPEC, name: 'orders' } });
    await world.reconcileDatabase('shop/second');
    const told = world.read(MYSQL_DATABASES, second);
    assert.equal(conditionsOf(told)['Stalled'], 'True DeclaredTwice');
    assert.match(messageOf(told), /MysqlDatabase shop\/orders/u);
  });
});
