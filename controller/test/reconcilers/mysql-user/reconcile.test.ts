import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ABANDON_AFTER_MS, ABANDON_ANNOTATION, FINALIZER } from '../../../src/accounts/plan.ts';
import {
  MYSQL_CLUSTERS,
  MYSQL_USERS,
  NAMESPACES,
  SECRETS,
} from '../../../src/runtime/resources.ts';
import { conditionsOf, DONE, messageOf, START_MS, World } from '../../accounts/world.ts';
import { forEachCrashPoint } from '../../support/crashing-client.ts';

const KEY = 'shop/app';
const NAME = { namespace: 'shop', name: 'app' };
const SECRET = { namespace: 'shop', name: 'app-password' };
const SPEC = {
  clusterRef: { name: 'demo' },
  hosts: ['%'],
  passwordSecretRef: { name: 'app-password', key: 'password' },
  grants: [{ privileges: ['SELECT'], schema: 'shop', table: 'orders', columns: ['id'] }],
};

async function aWorld(spec: object = {}, cluster: object = {}): Promise<World> {
  const world = await World.open(cluster);
  await world.secret(SECRET, { password: 'hunter2hunter2' });
  await world.put(MYSQL_USERS, NAME, { spec: { ...SPEC, ...spec } });
  return world;
}

const user = (world: World) => world.read(MYSQL_USERS, NAME);

describe('a MysqlUser', () => {
  it('is asked of the primary and becomes Ready; then nothing is written any more', async () => {
    await using world = await aWorld({
      limits: { maxUserConnections: 5 },
      tls: { require: 'ssl' },
      keepOldPassword: '30m',
    });
    assert.deepEqual(await world.reconcileUser(KEY), { outcome: 'InForce' });
    assert.equal(world.asked[0]?.member, 'demo-1');
    const { uid } = user(world)!.metadata;
    assert.deepEqual(world.asked[0]?.request, {
      kind: 'ensureAccount',
      owner: { name: 'shop/app', uid },
      timeoutMs: 15_000,
      user: 'app',
      hosts: ['%'],
      password: 'hunter2hunter2',
      keepOldPasswordSeconds: 1_800,
      tls: { require: 'ssl', issuer: null, subject: null },
      limits: { queriesPerHour: 0, updatesPerHour: 0, connectionsPerHour: 0, userConnections: 5 },
      grants: [
        {
          privileges: ['SELECT'],
          schema: 'shop',
          table: 'orders',
          columns: ['id'],
          grantOption: false,
        },
      ],
    });
    assert.deepEqual(conditionsOf(user(world)), {
      Ready: 'True InForce',
      Reconciling: 'False UpToDate',
      Stalled: 'False Progressing',
    });
    const status = user(world)?.['status'] as Record<string, unknown>;
    assert.equal(status['observedGeneration'], user(world)?.metadata.generation);
    assert.deepEqual(status['accounts'], ["'app'@'%'"]);
    assert.equal(status['passwordVersion'], world.read(SECRETS, SECRET)?.metadata.resourceVersion);
    assert.deepEqual(user(world)?.metadata.finalizers, [FINALIZER]);
    const { writes } = world;
    await world.reconcileUser(KEY);
    assert.equal(world.writes, writes);
    assert.doesNotMatch(world.dump(), /hunter2/u);
  });

  it('waits for its Secret and for the key in it, and says how to make them', async () => {
    await using world = await aWorld();
    await world.delete(SECRETS, SECRET);
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Reconciling'], 'True SecretNotFound');
    assert.match(
      messageOf(user(world)),
      /create secret generic app-password --from-literal=password=/u,
    );
    await world.secret(SECRET, { pass: 'x' });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Reconciling'], 'True SecretKeyNotFound');
    assert.match(messageOf(user(world)), /it has pass\./u);
    await world.secret(SECRET, { password: Buffer.from([0xff, 0xfe]), pass: 'x' });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Stalled'], 'True PasswordNotUsable');
    assert.deepEqual(world.asked, []);
    await world.secret(SECRET, { password: 'hunter2hunter2' });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Ready'], 'True InForce');
  });

  it('an account that is in force stays Ready when its Secret goes', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    await world.delete(SECRETS, SECRET);
    await world.reconcileUser(KEY);
    assert.deepEqual(conditionsOf(user(world)), {
      Ready: 'True InForce',
      Reconciling: 'True SecretNotFound',
      Stalled: 'False Progressing',
    });
  });

  it('is asked of the member that the others name', async () => {
    await using world = await aWorld();
    world.answer = (member) => (member === 'demo-2' ? DONE : { notPrimary: 'demo-2' });
    await world.reconcileUser(KEY);
    assert.deepEqual(
      world.asked.map(({ member }) => member),
      ['demo-1', 'demo-2'],
    );
    assert.equal(conditionsOf(user(world))['Ready'], 'True InForce');
  });

  it('stays Ready while no member takes writes, and looks again soon', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    world.answer = () => 'unreachable';
    const result = await world.reconcileUser(KEY);
    assert.equal(result.requeueAfterMs, 5_000);
    assert.deepEqual(conditionsOf(user(world)), {
      Ready: 'True InForce',
      Reconciling: 'True PrimaryNotReachable',
      Stalled: 'False Progressing',
    });
    world.answer = () => ({ notPrimary: null });
    assert.equal((await world.reconcileUser(KEY)).requeueAfterMs, 5_000);
  });

  it('says why the primary could not do it, and does not bother the others with it', async () => {
    await using world = await aWorld();
    world.answer = (member) => (member === 'demo-1' ? 'late' : { notPrimary: 'demo-1' });
    await world.reconcileUser(KEY);
    assert.equal(world.asked.length, 1);
    assert.match(messageOf(user(world)), /demo-1: not in time/u);
    world.answer = (member) => (member === 'demo-1' ? 'unreachable' : { notPrimary: 'demo-1' });
    await world.reconcileUser(KEY);
    assert.match(messageOf(user(world)), /demo-1 does not answer: ECONNREFUSED/u);
  });

  it('a new spec that nobody could be asked about is not Ready', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    world.answer = () => 'unreachable';
    await world.patch(MYSQL_USERS, NAME, { spec: { hosts: ['10.0.0.1'] } });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Ready'], 'False PrimaryNotReachable');
  });

  it('an account of somebody else stalls it, and is told once', async () => {
    await using world = await aWorld();
    const problems = [{ code: 'CONFLICT', field: 'user', message: 'is of others' }] as const;
    world.answer = () => ({ ...DONE, done: false, problems });
    await world.reconcileUser(KEY);
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Stalled'], 'True Conflict');
    assert.deepEqual(
      world.events.map(({ reason }) => reason),
      ['Stalled'],
    );
  });

  it('a table that is not there yet is waited for', async () => {
    await using world = await aWorld();
    const problems = [{ code: 'WAITING', field: 'grants[0]', message: 'no table' }] as const;
    world.answer = () => ({ ...DONE, done: false, problems });
    assert.equal((await world.reconcileUser(KEY)).requeueAfterMs, 15_000);
    assert.equal(conditionsOf(user(world))['Reconciling'], 'True WaitingForTable');
  });

  it('looks again when the former password ends', async () => {
    await using world = await aWorld();
    world.answer = () => ({ ...DONE, oldPasswordUntilMs: START_MS + 60_000 });
    assert.equal((await world.reconcileUser(KEY)).requeueAfterMs, 61_000);
  });

  it('of two objects that declare the same account the younger one is told', async () => {
    await using world = await aWorld();
    const second = { namespace: 'shop', name: 'second' };
    await world.put(MYSQL_USERS, second, {
      spec: { ...SPEC, user: 'app', hosts: ['10.0.0.1', '%'] },
    });
    await world.reconcileUser('shop/second');
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Ready'], 'True InForce');
    const told = world.read(MYSQL_USERS, second);
    assert.equal(conditionsOf(told)['Stalled'], 'True DeclaredTwice');
    assert.match(messageOf(told), /MysqlUser shop\/app/u);
    await world.patch(MYSQL_USERS, second, { spec: { hosts: ['10.0.0.1'] } });
    await world.reconcileUser('shop/second');
    assert.equal(conditionsOf(world.read(MYSQL_USERS, second))['Ready'], 'True InForce');
  });

  it('a stored spec that is not valid stalls it, with every reason', async () => {
    await using world = await aWorld({
      user: 'root',
      grants: [{ privileges: ['SUPER'], schema: '*' }],
    });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Stalled'], 'True InvalidSpec');
    assert.match(messageOf(user(world)), /spec\.user.*spec\.grants/su);
    assert.deepEqual(world.asked, []);
  });

  it('waits for its cluster; a paused one is left alone', async () => {
    await using world = await aWorld({ clusterRef: { name: 'later' } });
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Reconciling'], 'True ClusterNotFound');
    await world.put(
      MYSQL_CLUSTERS,
      { namespace: 'shop', name: 'later' },
      { spec: { paused: true } },
    );
    await world.reconcileUser(KEY);
    assert.equal(conditionsOf(user(world))['Reconciling'], 'True ClusterPaused');
    assert.deepEqual(world.asked, []);
  });

  for (const [what, namespaces, labels, isAllowed] of [
    ['nothing', undefined, {}, false],
    ['Same', { from: 'Same' }, {}, false],
    ['All', { from: 'All' }, {}, true],
    [
      'a selector that fits',
      { from: 'Selector', selector: { matchLabels: { team: 'b' } } },
      { team: 'b' },
      true,
    ],
    [
      'a selector that does not fit',
      { from: 'Selector', selector: { matchLabels: { team: 'a' } } },
      { team: 'b' },
      false,
    ],
    [
      'NotIn',
      {
        from: 'Selector',
        selector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['b'] }] },
      },
      { team: 'b' },
      false,
    ],
    [
      'Exists',
      { from: 'Selector', selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } },
      { team: 'b' },
      true,
    ],
    [
      'Exists of a word every object knows',
      {
        from: 'Selector',
        selector: { matchExpressions: [{ key: 'toString', operator: 'Exists' }] },
      },
      { team: 'b' },
      false,
    ],
    ['an empty selector', { from: 'Selector', selector: {} }, {}, true],
  ] as const) {
    it(`from another namespace: a cluster that says ${what} ${isAllowed ? 'allows' : 'refuses'} it`, async () => {
      await using world = await World.open({ accounts: { namespaces } });
      await world.put(NAMESPACES, { name: 'other' }, {}, labels);
      const name = { namespace: 'other', name: 'app' };
      await world.secret(
        { namespace: 'other', name: 'app-password' },
        { password: 'hunter2hunter2' },
      );
      const spec = { ...SPEC, clusterRef: { name: 'demo', namespace: 'shop' } };
      await world.put(MYSQL_USERS, name, { spec });
      await world.reconcileUser('other/app');
      const conditions = conditionsOf(world.read(MYSQL_USERS, name));
      assert.equal(conditions['Ready'], isAllowed ? 'True InForce' : 'False NamespaceNotAllowed');
      assert.equal(world.asked.length, isAllowed ? 1 : 0);
    });
  }
});

describe('the deletion of a MysqlUser', () => {
  for (const [reclaimPolicy, policy] of [
    ['Delete', 'drop'],
    ['Retain', 'retain'],
  ] as const) {
    it(`with ${reclaimPolicy}: ${policy}, and only then it goes`, async () => {
      await using world = await aWorld({ reclaimPolicy });
      await world.reconcileUser(KEY);
      await world.delete(MYSQL_USERS, NAME);
      world.answer = () => 'unreachable';
      const result = await world.reconcileUser(KEY);
      assert.equal(result.requeueAfterMs, 5_000);
      assert.equal(conditionsOf(user(world))['Reconciling'], 'True Releasing');
      world.answer = () => DONE;
      await world.reconcileUser(KEY);
      assert.equal(user(world), undefined);
      const last = world.asked.at(-1)?.request;
      assert.ok(last?.kind === 'releaseAccount');
      assert.equal(last.policy, policy);
      assert.deepEqual(await world.reconcileUser(KEY), { outcome: 'gone' });
    });
  }

  it('asks nobody when the cluster is gone or going', async () => {
    for (const finalizers of [[], ['example.com/holds']]) {
      await using world = await aWorld();
      await world.reconcileUser(KEY);
      await world.patch(
        MYSQL_CLUSTERS,
        { namespace: 'shop', name: 'demo' },
        { metadata: { finalizers } },
      );
      await world.delete(MYSQL_CLUSTERS, { namespace: 'shop', name: 'demo' });
      await world.delete(MYSQL_USERS, NAME);
      await world.reconcileUser(KEY);
      assert.equal(user(world), undefined);
      assert.equal(world.asked.length, 1);
    }
  });

  it('a cluster that is not in the cache yet is not gone', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    await world.delete(MYSQL_USERS, NAME);
    const { read } = world;
    world.read = (resource, name) =>
      resource.kind === 'MysqlCluster' ? undefined : read(resource, name);
    await world.reconcileUser(KEY);
    assert.equal(world.asked.at(-1)?.request.kind, 'releaseAccount');
  });

  it('waits no longer than its deadline for a cluster that does not answer, and says what is left', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    await world.delete(MYSQL_USERS, NAME);
    world.answer = () => 'unreachable';
    world.nowMs = Date.parse(user(world)?.metadata.deletionTimestamp ?? '');
    await world.reconcileUser(KEY);
    assert.notEqual(user(world), undefined);
    world.nowMs += ABANDON_AFTER_MS + 1;
    await world.reconcileUser(KEY);
    assert.equal(user(world), undefined);
    assert.equal(world.events.at(-1)?.reason, 'LeftBehind');
  });

  it('goes at once when the annotation says so', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    await world.delete(MYSQL_USERS, NAME);
    world.answer = () => 'unreachable';
    await world.patch(MYSQL_USERS, NAME, {
      metadata: { annotations: { [ABANDON_ANNOTATION]: 'true' } },
    });
    await world.reconcileUser(KEY);
    assert.equal(user(world), undefined);
  });

  it('of an invalid spec, or one that was never in force, does not hang', async () => {
    await using world = await aWorld();
    await world.reconcileUser(KEY);
    await world.patch(MYSQL_USERS, NAME, { spec: { user: 'root' } });
    await world.delete(MYSQL_USERS, NAME);
    await world.reconcileUser(KEY);
    assert.equal(user(world), undefined);
    await world.put(MYSQL_USERS, NAME, {
      spec: { nonsense: 1 },
      metadata: { ...NAME, finalizers: [FINALIZER] },
    });
    await world.delete(MYSQL_USERS, NAME);
    await world.reconcileUser(KEY);
    assert.equal(user(world), undefined);
  });

  it('survives a controller that dies between any two writes', async () => {
    const writes = await forEachCrashPoint(async (wrap) => {
      await using world = await aWorld();
      await world.reconcileUser(KEY, wrap(world.client)).catch(() => undefined);
      await world.reconcileUser(KEY);
      assert.equal(conditionsOf(user(world))['Ready'], 'True InForce');
      await world.delete(MYSQL_USERS, NAME);
      await world.reconcileUser(KEY, wrap(world.client)).catch(() => undefined);
      await world.reconcileUser(KEY);
      assert.equal(user(world), undefined);
      assert.equal(world.asked.at(-1)?.request.kind, 'releaseAccount');
    });
    assert.ok(writes >= 2);
  });
});
