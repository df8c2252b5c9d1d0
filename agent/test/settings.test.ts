import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ClusterConfig, MEMBER_PORTS } from '@radondb/api/cluster-config';
import {
  type SettingChange,
  Settings,
  SettingsRefusedError,
  settingChanges,
} from '../src/settings.ts';

function aCluster(config: ClusterConfig['mysql']['config']): ClusterConfig {
  return {
    formatVersion: 1,
    ...{ clusterId: 'c', clusterName: 'demo', bootstrap: false, dynamicRevision: 'r1' },
    restartRevision: 's1',
    members: [{ name: 'demo-0', raftId: 1, serverId: 1, host: 'demo-0' }],
    ports: MEMBER_PORTS,
    failover: { enabled: true, delayMs: 0 },
    durability: 'standard',
    mysql: { version: '9.7', config, memoryBytes: null },
  };
}

function theSettings(config: ClusterConfig['mysql']['config']) {
  const done: string[] = [];
  const settings = new Settings({
    cluster: aCluster(config),
    write: async (mysql) => void done.push(`write ${JSON.stringify(mysql.config)}`),
  });
  const set = async (changes: readonly SettingChange[]): Promise<void> =>
    void done.push(...changes.map(({ name, value }) => `set ${name} ${value?.text ?? 'DEFAULT'}`));
  return { settings, set, done };
}

suite('settings without a restart', () => {
  test('are written for the next start, then set; what needs a restart stays as it was', async () => {
    const { settings, set, done } = theSettings({ max_connections: 5, table_open_cache: 9 });
    await settings.apply({ revision: 'r2', config: { wait_timeout: 30 } }, set);
    assert.deepEqual(done, [
      'write {"table_open_cache":9,"wait_timeout":30}',
      'set max_connections DEFAULT',
      'set wait_timeout 30',
    ]);
    assert.equal(settings.revision, 'r2');
  });

  test('asked for twice they are set once', async () => {
    const { settings, set, done } = theSettings({});
    const request = { revision: 'r2', config: { wait_timeout: 30 } };
    await Promise.all([settings.apply(request, set), settings.apply(request, set)]);
    assert.equal(done.filter((it) => it.startsWith('set')).length, 1);
  });

  test('that the server refuses are not taken for applied', async () => {
    const { settings, set } = theSettings({});
    const request = { revision: 'r2', config: { wait_timeout: 30 } };
    await assert.rejects(
      settings.apply(request, async () => {
        throw new Error('refused');
      }),
      /refused/,
    );
    assert.equal(settings.revision, 'r1');
    await settings.apply(request, set);
    assert.equal(settings.revision, 'r2');
  });

  for (const [what, config, expected] of [
    ['need a restart', { table_open_cache: 1 }, /table_open_cache needs a restart/],
    ['nobody knows', { no_such: 1 }, /no_such/],
    ['are of another type', { max_connections: 'many' }, /whole number/],
  ] as const)
    test(`that ${what} are refused, and nothing is written`, async () => {
      const { settings, set, done } = theSettings({});
      await assert.rejects(settings.apply({ revision: 'r2', config }, set), (error) => {
        assert.ok(error instanceof SettingsRefusedError);
        assert.match(error.details.join('; '), expected);
        return true;
      });
      assert.deepEqual(done, []);
    });

  test('only what differs is set', () => {
    const changes = settingChanges({ a: 1, b: 2, c: 3 }, { a: 1, b: 4 });
    assert.deepEqual(
      changes.map(({ name, value }) => [name, value?.text ?? null]),
      [
        ['b', '4'],
        ['c', null],
      ],
    );
  });
});
