import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pino } from 'pino';
import {
  createMysqlClusterReconcile,
  isWorthWriting,
} from '../../src/reconcilers/mysql-cluster/reconcile.ts';
import type { ReconcileResult } from '../../src/runtime/ports.ts';
import { MYSQL_CLUSTERS } from '../../src/runtime/resources.ts';
import { OPERATOR, World } from './world.ts';

function aReconcile(world: World) {
  const { client, members, read } = world;
  const reconcile = createMysqlClusterReconcile({
    ...{ client, members, read, operator: OPERATOR, now: () => world.nowMs },
    events: {
      record: ({ type, reason, action, note }) =>
        void world.events.push({ type, reason, action, note }),
    },
  });
  const context = {
    signal: new AbortController().signal,
    logger: pino({ level: 'silent' }),
    failures: 0,
  };
  return async (): Promise<ReconcileResult> => await reconcile('shop/demo', context);
}

async function aRunningCluster() {
  const world = new World();
  const reconcile = aReconcile(world);
  for (let turn = 0; turn < 8; turn += 1) {
    await reconcile();
    world.settle();
  }
  world.writes.length = 0;
  return { world, reconcile };
}

suite('one reconcile', () => {
  test('of a cluster that is up to date writes nothing and looks again later', async () => {
    const { world, reconcile } = await aRunningCluster();
    const { outcome, requeueAfterMs } = await reconcile();
    assert.deepEqual([outcome, requeueAfterMs, world.writes], ['up to date', 10_000, []]);
    await reconcile();
    assert.deepEqual(world.writes, []);
  });

  test('never writes the spec', async () => {
    const world = new World({ mysql: { config: { max_connections: 7 } } });
    const reconcile = aReconcile(world);
    const before = structuredClone(world.cluster['spec']);
    for (let turn = 0; turn < 6; turn += 1) {
      await reconcile();
      world.settle();
    }
    assert.deepEqual(world.cluster['spec'], before);
    assert.ok(world.writes.every((it) => !/^(patch|replace|create) MysqlCluster/.test(it)));
  });

  test('of a cluster that is being deleted or gone does nothing', async () => {
    const { world, reconcile } = await aRunningCluster();
    world.edit(MYSQL_CLUSTERS, 'demo', { metadata: { deletionTimestamp: 'now' } });
    assert.equal((await reconcile()).outcome, 'being deleted');
    world.remove(MYSQL_CLUSTERS, 'demo');
    assert.equal((await reconcile()).outcome, 'gone');
    assert.deepEqual(world.writes, []);
  });

  test('writes the status although an object was refused', async () => {
    const { world } = await aRunningCluster();
    const { client } = world;
    const reconcile = aReconcile(
      Object.assign(world, {
        client: {
          ...client,
          apply: async (...given: Parameters<typeof client.apply>) => {
            if (given[1].kind === 'Service') throw new Error('refused');
            return await client.apply(...given);
          },
        },
      }),
    );
    world.spec({ routing: { service: { type: 'NodePort' } } });
    await assert.rejects(reconcile(), /refused/);
    assert.ok(world.writes.includes('apply MysqlCluster demo status'));
  });
});

suite('whether a status is written', () => {
  const cluster = async () => (await aRunningCluster()).world.cluster;

  test('GTIDs and lag alone wait for their turn', async () => {
    const before = await cluster();
    const status = structuredClone(before['status']) as Parameters<typeof isWorthWriting>[1];
    const members = (status.members ?? []).map((it) => ({
      ...it,
      gtidExecuted: 'x:1-99',
      lagMs: 7,
    }));
    assert.equal(isWorthWriting(before, { ...status, members }, false), false);
    assert.equal(isWorthWriting(before, { ...status, members }, true), true);
    assert.equal(isWorthWriting(before, status, true), false);
    assert.equal(isWorthWriting(before, { ...status, primary: 'demo-2' }, false), true);
  });
});
