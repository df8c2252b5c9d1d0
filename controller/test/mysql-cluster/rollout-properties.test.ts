import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planMysqlCluster } from '../../src/reconcilers/mysql-cluster/plan.ts';
import { PODS } from '../../src/runtime/resources.ts';
import { converge, reconcileOnce } from './reconcile-once.ts';
import { World } from './world.ts';

const RUNS = 40;
const STEPS = 40;

/** What happens next: the controller reconciles (and is killed after so many calls), the world moves, a person changes the spec, a member dies. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('reconcile' as const), calls: fc.option(fc.nat(6)) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      part: fc.constantFrom('stateful-set', 'kubelet-stop', 'kubelet-start', 'agents'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('config' as const),
      connections: fc.integer({ min: 100, max: 102 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('image' as const), tag: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('grow' as const),
      size: fc.integer({ min: 11, max: 14 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hibernate' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose-pod' as const), ordinal: fc.nat(2) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(world: World, it: Step, size: { now: number }): Promise<void> {
  switch (it.do) {
    case 'reconcile':
      await reconcileOnce(world, it.calls ?? undefined);
      return;
    case 'tick':
      world.tick(it.part);
      return;
    case 'config':
      world.spec({
        mysql: {
          config: { max_connections: it.connections, table_open_cache: it.connections % 2 },
        },
      });
      return;
    case 'image':
      world.spec({ mysql: { image: `mysql:${it.tag}` } });
      return;
    case 'grow':
      size.now = Math.max(size.now, it.size);
      world.spec({ storage: { size: `${size.now}Gi` } });
      return;
    case 'hibernate':
      world.spec({ replicas: it.on ? 0 : 3 });
      return;
    case 'lose-pod':
      world.remove(PODS, `demo-${it.ordinal}`);
      return;
  }
}

/** The controller may delete a pod only when all others are there, and never the one that takes writes. */
function watchDeletes(world: World): void {
  world.onDelete = (name) => {
    const others = world.all(PODS).filter((pod) => pod.metadata.name !== name);
    const going = others.filter((pod) => pod.metadata.deletionTimestamp !== undefined);
    assert.deepEqual(
      going.map((pod) => pod.metadata.name),
      [],
      `${name} is deleted beside another one`,
    );
    assert.equal(others.length, 2, `${name} is deleted while another one is missing`);
    assert.notEqual(name, world.primary, `${name} takes writes`);
  };
}

test('whatever happens in whatever order, and wherever the controller is killed, it converges and never takes two members or the primary away', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: STEPS }), async (steps) => {
      const world = new World();
      await converge(world);
      watchDeletes(world);
      const size = { now: 10 };
      for (const it of steps) await take(world, it, size);
      world.spec({ replicas: 3 });
      const { status } = await converge(world);
      assert.equal(new Set(world.revisions()).size, 1);
      assert.equal(status.readyMembers, '3/3');
      assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
      assert.deepEqual(
        planMysqlCluster(await world.observe()).actions,
        [],
        'a plan that was carried out is empty',
      );
    }),
    { numRuns: RUNS },
  );
});

test('a new cluster comes up wherever the controller is killed', async () => {
  for (let calls = 0; calls <= 20; calls += 1) {
    const world = new World();
    await reconcileOnce(world, calls % 5);
    world.settle();
    await reconcileOnce(world, calls);
    world.settle();
    const { status } = await converge(world);
    assert.equal(status.readyMembers, '3/3', `killed after ${calls} calls`);
  }
});
