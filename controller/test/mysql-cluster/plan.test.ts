import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MysqlClusterStatus } from '@radondb/api';
import { planMysqlCluster } from '../../src/reconcilers/mysql-cluster/plan.ts';
import {
  CONFIG_MAPS,
  MYSQL_CLUSTERS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  SECRETS,
  SERVICES,
  STATEFUL_SETS,
} from '../../src/runtime/resources.ts';
import { converge, reconcileOnce } from './reconcile-once.ts';
import { at, dataOf, World } from './world.ts';

function condition(status: MysqlClusterStatus, type: string) {
  const found = status.conditions?.find((it) => it.type === type);
  return found === undefined ? undefined : `${found.status} ${found.reason}`;
}

async function aRunningCluster(spec: Record<string, unknown> = {}): Promise<World> {
  const world = new World(spec);
  await converge(world);
  world.writes.length = 0;
  world.events.length = 0;
  return world;
}

const restarts = (world: World): readonly string[] =>
  world.writes.filter((it) => /^delete Pod|^switchover/.test(it));

suite('a MysqlCluster is reconciled', () => {
  test('a new one becomes three members, Ready, and then there is nothing to do', async () => {
    const world = new World();
    const { status } = await converge(world);
    assert.equal(world.running().length, 3);
    assert.equal(condition(status, 'Ready'), 'True AllMembersReady');
    assert.equal(condition(status, 'Reconciling'), 'False UpToDate');
    assert.equal(condition(status, 'Stalled'), 'False Progressing');
    assert.equal(condition(status, 'ConfigApplied'), 'True AllCurrent');
    assert.equal(condition(status, 'PendingRestart'), 'False AllCurrent');
    assert.equal(condition(status, 'Paused'), 'False NotPaused');
    assert.equal(status.readyMembers, '3/3');
    assert.equal(status.selector, 'app.kubernetes.io/name=mysql,radondb.com/cluster=demo');
    assert.deepEqual(status.endpoints, {
      primary: 'demo-primary.shop.svc:3306',
      replicas: 'demo-replicas.shop.svc:3306',
    });
    assert.deepEqual(restarts(world), [], 'nobody was restarted');
    assert.deepEqual(world.events.map((it) => it.reason).sort(), [
      'CertificatesRenewed',
      'Created',
      'CredentialsGenerated',
    ]);
  });

  test('once it has taken writes nobody may begin a new raft log', async () => {
    const world = await aRunningCluster();
    const config = () => JSON.parse(dataOf(world.get(CONFIG_MAPS, 'demo-config'), 'cluster.json'));
    assert.equal(config().bootstrap, false);
    assert.equal(config().clusterId, 'uid-of-the-cluster');
  });

  test('the same observation gives the same plan', async () => {
    const world = new World();
    for (let turn = 0; turn < 4; turn += 1) {
      const seen = await world.observe();
      assert.deepEqual(planMysqlCluster(seen), planMysqlCluster(seen));
      await reconcileOnce(world);
      world.settle();
    }
  });

  test("a person's edit of our fields is put back, an addition of theirs is left alone", async () => {
    const world = await aRunningCluster();
    world.edit(SERVICES, 'demo-primary', {
      metadata: { annotations: { theirs: 'stays' } },
      spec: { selector: { 'radondb.com/role': 'replica' }, sessionAffinity: 'None' },
    });
    await converge(world);
    const service = world.get(SERVICES, 'demo-primary');
    assert.equal(at(service, 'spec', 'selector', 'radondb.com/role'), 'primary');
    assert.equal(at(service, 'metadata', 'annotations', 'theirs'), 'stays');
    assert.equal(at(service, 'spec', 'sessionAffinity'), 'None');
    assert.deepEqual(world.writes, ['apply Service demo-primary']);
  });

  test('what somebody deleted is made again', async () => {
    const world = await aRunningCluster();
    world.remove(CONFIG_MAPS, 'demo-config');
    world.remove(SERVICES, 'demo-any');
    await converge(world);
    const text = dataOf(world.get(CONFIG_MAPS, 'demo-config'), 'cluster.json');
    assert.equal(JSON.parse(text).members.length, 3);
    assert.equal(JSON.parse(text).bootstrap, false);
    assert.notEqual(world.get(SERVICES, 'demo-any'), undefined);
    assert.deepEqual(restarts(world), []);
  });

  test('passwords are made once and kept, whatever else changes', async () => {
    const world = await aRunningCluster();
    const before = world.get(SECRETS, 'demo-credentials')!['data'];
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    await converge(world);
    assert.deepEqual(world.get(SECRETS, 'demo-credentials')!['data'], before);
  });

  test('another value of the annotation asks for a new password, once', async () => {
    const world = await aRunningCluster();
    const password = () => dataOf(world.get(SECRETS, 'demo-credentials'), 'password');
    const before = password();
    const annotations = { 'radondb.com/rotate-credentials': '2026-11-22' };
    world.edit(MYSQL_CLUSTERS, 'demo', { metadata: { annotations } });
    await converge(world);
    const after = password();
    assert.notEqual(after, before);
    assert.equal(restarts(world).length, 4, 'members read it when they start');
    await converge(world);
    assert.equal(password(), after);
    const told = JSON.stringify(world.events);
    for (const secret of [before, after])
      assert.ok(!told.includes(secret), 'no password in events');
  });
});

suite('a change of the configuration', () => {
  test('restarts replicas one at a time, then the primary hands over and follows', async () => {
    const world = await aRunningCluster();
    assert.equal(world.primary, 'demo-0');
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    const { status } = await converge(world);
    assert.deepEqual(restarts(world), [
      'delete Pod demo-2',
      'delete Pod demo-1',
      'switchover from demo-0',
      'delete Pod demo-0',
    ]);
    assert.equal(new Set(world.revisions()).size, 1);
    assert.equal(condition(status, 'ConfigApplied'), 'True AllCurrent');
    const reasons = world.events.map((it) => it.reason);
    assert.equal(reasons.filter((it) => it === 'MemberRestarting').length, 3);
    assert.ok(reasons.includes('Switchover') && reasons.includes('Failover'));
  });

  test('says so while it goes on', async () => {
    const world = await aRunningCluster();
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    await reconcileOnce(world);
    world.settle();
    const { status } = await reconcileOnce(world);
    assert.equal(condition(status, 'Reconciling'), 'True RollingRestart');
    assert.equal(condition(status, 'PendingRestart'), 'True RollingRestart');
    assert.equal(condition(status, 'ConfigApplied'), 'False RollingRestart');
    assert.equal(condition(status, 'Available'), 'True PrimaryOpen');
  });

  test('that a running server takes restarts nobody: every member is given it', async () => {
    const world = await aRunningCluster();
    world.spec({ mysql: { config: { max_connections: 300 } } });
    await reconcileOnce(world);
    const { status } = await reconcileOnce(world);
    assert.equal(condition(status, 'ConfigApplied'), 'True AllCurrent');
    await converge(world);
    assert.deepEqual(
      world.writes.filter((it) => !it.startsWith('apply')),
      ['configure demo-0', 'configure demo-1', 'configure demo-2'],
    );
  });

  test('that a member does not take is told, and asked again', async () => {
    const world = await aRunningCluster();
    world.settingsRefused = 'mysqld does not run now: ask again';
    world.spec({ mysql: { config: { max_connections: 300 } } });
    await reconcileOnce(world);
    const { status } = await reconcileOnce(world);
    assert.equal(condition(status, 'ConfigApplied'), 'False ApplyingSettings');
    assert.equal(condition(status, 'Reconciling'), 'True ApplyingSettings');
    assert.equal(condition(status, 'PendingRestart'), 'False AllCurrent');
    const failed = world.events.find((it) => it.reason === 'SettingsFailed');
    assert.match(failed?.note ?? '', /mysqld does not run now/);
    world.settingsRefused = null;
    await converge(world);
    assert.deepEqual(restarts(world), []);
  });

  test('of both kinds comes with the restart', async () => {
    const world = await aRunningCluster();
    world.spec({ mysql: { config: { max_connections: 300, table_open_cache: 300 } } });
    const { status } = await converge(world);
    assert.equal(restarts(world).length, 4);
    assert.equal(condition(status, 'ConfigApplied'), 'True AllCurrent');
  });

  test('that a new pod has not read, since its ConfigMap was an old one, comes with one more restart', async () => {
    const world = await aRunningCluster();
    world.staleConfig = dataOf(world.get(CONFIG_MAPS, 'demo-config'), 'cluster.json');
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    const { status } = await converge(world);
    assert.deepEqual(restarts(world), [
      'delete Pod demo-2',
      'delete Pod demo-2',
      'delete Pod demo-1',
      'switchover from demo-0',
      'delete Pod demo-0',
    ]);
    assert.equal(condition(status, 'ConfigApplied'), 'True AllCurrent');
  });

  test('or the wish for a restart: another value of the annotation restarts all in turn, once', async () => {
    const world = await aRunningCluster();
    const annotations = { 'radondb.com/restart': '2026-11-22T10:00:00Z' };
    world.edit(MYSQL_CLUSTERS, 'demo', { metadata: { annotations } });
    await converge(world);
    assert.equal(restarts(world).length, 4);
    await converge(world);
    assert.equal(restarts(world).length, 4);
  });

  test('what does not concern running members restarts nobody', async () => {
    const world = await aRunningCluster();
    world.spec({ routing: { service: { type: 'LoadBalancer' } }, accounts: { namespaces: {} } });
    await converge(world);
    assert.deepEqual(restarts(world), []);
    assert.equal(at(world.get(SERVICES, 'demo-primary'), 'spec', 'type'), 'LoadBalancer');
  });

  test('a member that does not come back stops the rollout, and undoing the change mends it', async () => {
    const world = await aRunningCluster();
    world.broken.add('demo-2');
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    for (let turn = 0; turn < 10; turn += 1) {
      await reconcileOnce(world);
      world.settle();
    }
    assert.deepEqual(restarts(world), ['delete Pod demo-2']);
    const { status } = await reconcileOnce(world);
    assert.equal(condition(status, 'PendingRestart'), 'True RestartWaits');
    assert.equal(condition(status, 'Stalled'), 'True MemberFailed');
    world.spec({ mysql: null });
    world.onDelete = (pod) => world.broken.delete(pod);
    await converge(world);
    assert.deepEqual(restarts(world), ['delete Pod demo-2', 'delete Pod demo-2']);
  });

  test('a primary that will not hand over is not restarted', async () => {
    const world = await aRunningCluster();
    world.switchoverRefused = 'transactions are older than 60 s: end them';
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    for (let turn = 0; turn < 10; turn += 1) {
      await reconcileOnce(world);
      world.settle();
    }
    assert.ok(!world.writes.includes('delete Pod demo-0'));
    const failed = world.events.find((it) => it.reason === 'SwitchoverFailed');
    assert.match(failed?.note ?? '', /demo-0.*older than 60 s: end them/);
    world.switchoverRefused = null;
    await converge(world);
    assert.equal(restarts(world).at(-1), 'delete Pod demo-0');
  });

  test('when no member can start, all of them get the mended configuration', async () => {
    const world = await aRunningCluster();
    for (const name of ['demo-0', 'demo-1', 'demo-2']) world.broken.add(name);
    world.primary = null;
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    world.onDelete = (pod) => world.broken.delete(pod);
    await converge(world);
    assert.equal(world.broken.size, 0);
  });

  test('a single member is simply restarted', async () => {
    const world = await aRunningCluster({ replicas: 1 });
    world.spec({ mysql: { config: { table_open_cache: 300 } } });
    await converge(world);
    assert.deepEqual(restarts(world), ['delete Pod demo-0']);
  });
});

suite('volumes', () => {
  const claim = (world: World) => world.get(PERSISTENT_VOLUME_CLAIMS, 'data-demo-1');

  test('grow in place, and the StatefulSet is made anew around its pods', async () => {
    const world = await aRunningCluster({ storage: { size: '10Gi' } });
    world.spec({ storage: { size: '20Gi' } });
    await converge(world);
    assert.equal(at(claim(world), 'spec', 'resources', 'requests', 'storage'), '20Gi');
    assert.ok(world.writes.includes('delete StatefulSet demo'));
    assert.deepEqual(restarts(world), []);
    const reasons = world.events.map((it) => it.reason);
    assert.ok(reasons.includes('StatefulSetRecreated') && reasons.includes('VolumeResized'));
  });

  test('belong to nobody while they are retained, and to the MysqlCluster when it takes them along', async () => {
    const world = await aRunningCluster();
    assert.equal(claim(world)?.metadata.ownerReferences, undefined);
    const secret = () => world.get(SECRETS, 'demo-internal')!.metadata.ownerReferences;
    assert.equal(secret(), undefined, 'without its passwords the data is of no use');
    world.spec({ storage: { reclaimPolicy: 'Delete' } });
    await converge(world);
    assert.equal(claim(world)?.metadata.ownerReferences?.[0]?.uid, 'uid-of-the-cluster');
    assert.equal(secret()?.[0]?.uid, 'uid-of-the-cluster');
    world.spec({ storage: { reclaimPolicy: 'Retain' } });
    await converge(world);
    assert.equal(claim(world)?.metadata.ownerReferences, undefined);
    assert.equal(secret(), undefined);
    assert.deepEqual(restarts(world), []);
  });

  test('that were retained are taken over with the identity and the number of members they have', async () => {
    const former = await aRunningCluster();
    const world = new World({ replicas: 5 }, 'uid-of-a-new-one');
    for (const resource of [PERSISTENT_VOLUME_CLAIMS, SECRETS])
      for (const object of former.all(resource)) world.put(resource, object);
    for (let turn = 0; turn < 8; turn += 1) {
      await reconcileOnce(world);
      world.settle();
    }
    const text = dataOf(world.get(CONFIG_MAPS, 'demo-config'), 'cluster.json');
    assert.equal(JSON.parse(text).clusterId, 'uid-of-the-cluster');
    assert.equal(world.running().length, 3);
    assert.deepEqual(
      world.get(SECRETS, 'demo-internal')!['data'],
      former.get(SECRETS, 'demo-internal')!['data'],
    );
  });
});

suite('the operator keeps its hands off', () => {
  test('a stored spec that is not valid changes nothing, and every reason is told', async () => {
    const world = await aRunningCluster();
    world.spec({ replicas: 'many', mysql: { version: '5.5', config: { sync_binlog: 0 } } });
    const { status } = await reconcileOnce(world);
    assert.deepEqual(world.writes, []);
    assert.equal(condition(status, 'Stalled'), 'True InvalidSpec');
    assert.equal(condition(status, 'Available'), 'True PrimaryOpen');
    assert.equal(status.readyMembers, '3/3');
    assert.equal(status.observedGeneration, 2);
    const { message } = status.conditions!.find(({ type }) => type === 'Stalled')!;
    for (const field of ['spec.replicas', 'spec.mysql.version', 'sync_binlog'])
      assert.match(message, new RegExp(field.replaceAll('.', '\\.')));
    await reconcileOnce(world);
    assert.equal(world.events.filter((it) => it.reason === 'InvalidSpec').length, 1, 'told once');
  });

  for (const [what, before, after, expected] of [
    [
      'a smaller volume',
      { storage: { size: '20Gi' } },
      { storage: { size: '10Gi' } },
      /cannot shrink/,
    ],
    [
      'an older series',
      { mysql: { version: '9.7' } },
      { mysql: { version: '8.4' } },
      /cannot read/,
    ],
  ] as const)
    test(`${what} is refused here too`, async () => {
      const world = await aRunningCluster(before);
      world.spec(after);
      const { status } = await reconcileOnce(world);
      assert.deepEqual(world.writes, []);
      const stalled = status.conditions!.find(({ type }) => type === 'Stalled')!;
      assert.match(stalled.message, expected);
    });

  test('paused: nothing is changed, the status goes on', async () => {
    const world = await aRunningCluster();
    world.spec({ paused: true, mysql: { config: { table_open_cache: 300 } } });
    world.primary = 'demo-1';
    world.epoch += 1;
    const { status } = await reconcileOnce(world);
    assert.deepEqual(world.writes, []);
    assert.equal(condition(status, 'Paused'), 'True Asked');
    assert.equal(status.primary, 'demo-1');
    assert.equal(condition(status, 'ConfigApplied'), 'Unknown NotReconciled');
    world.spec({ paused: false });
    await converge(world);
    assert.equal(new Set(world.revisions()).size, 1);
  });

  test('another number of members is not half done: it says what is not supported', async () => {
    const world = await aRunningCluster();
    world.spec({ replicas: 5 });
    const { status } = await reconcileOnce(world);
    assert.deepEqual(world.writes, []);
    assert.equal(condition(status, 'Ready'), 'False ScalingNotSupported');
    assert.equal(condition(status, 'Stalled'), 'False Progressing');
    assert.equal(condition(status, 'Available'), 'True PrimaryOpen');
    const { message } = status.conditions!.find(({ type }) => type === 'Ready')!;
    assert.match(message, /spec\.replicas is 5.*3 voting members.*back to 3/s);
  });

  test('0 replicas stop all members and keep their volumes; the number given back starts them', async () => {
    const world = await aRunningCluster();
    world.spec({ replicas: 0 });
    await converge(world);
    assert.equal(world.all(PODS).length, 0);
    const { status } = await reconcileOnce(world);
    assert.equal(world.all(PERSISTENT_VOLUME_CLAIMS).length, 3);
    assert.equal(condition(status, 'Ready'), 'False Hibernated');
    assert.equal(condition(status, 'Reconciling'), 'False UpToDate');
    assert.equal(status.replicas, 0);
    world.spec({ replicas: 3 });
    const again = await converge(world);
    assert.equal(condition(again.status, 'Ready'), 'True AllMembersReady');
  });

  test('0 replicas from the start make nothing at all', async () => {
    const world = new World({ replicas: 0 });
    const { status } = await reconcileOnce(world);
    assert.deepEqual(world.writes, []);
    assert.equal(condition(status, 'Ready'), 'False Hibernated');
  });

  test('an object whose deletion is under way is left to end', async () => {
    const world = await aRunningCluster();
    world.edit(STATEFUL_SETS, 'demo', {
      metadata: { deletionTimestamp: 'now' },
      spec: { replicas: 1 },
    });
    await reconcileOnce(world);
    assert.deepEqual(world.writes, []);
  });
});
