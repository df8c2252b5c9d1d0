import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DEFAULT_MYSQL_CLUSTER_SPEC } from '../src/defaults/mysql-cluster.ts';
import { DYNAMIC_VARIABLES, settingLiteral, splitConfig } from '../src/my-cnf/dynamic-variables.ts';
import { whyForbidden } from '../src/my-cnf/forbidden-variables.ts';
import { KNOWN_VARIABLES } from '../src/my-cnf/known-variables.ts';
import { renderMyCnf } from '../src/my-cnf/render.ts';

suite('settings that need no restart', () => {
  test('are known, allowed, and none of those that we render', () => {
    const rendered = renderMyCnf({
      spec: DEFAULT_MYSQL_CLUSTER_SPEC,
      serverId: 1,
      ports: { mysql: 1, admin: 2, mysqlHost: 'a', adminHost: 'b' },
      dataDir: '/d',
      tls: null,
      logFile: null,
    });
    const ours = rendered.split('\n').map((line) => line.split(' = ')[0]);
    for (const name of DYNAMIC_VARIABLES) {
      assert.ok(KNOWN_VARIABLES.has(name), name);
      assert.equal(whyForbidden(name), undefined, name);
      assert.ok(!ours.includes(name) && !ours.includes(`loose_${name}`), name);
    }
  });

  test('are told from others; spelling and order do not count, prefixes do', () => {
    const split = splitConfig({
      'wait-timeout': 30,
      Max_Connections: 5,
      table_open_cache: 9,
      loose_long_query_time: 1,
    });
    assert.deepEqual(split.dynamic, { max_connections: 5, wait_timeout: 30 });
    assert.deepEqual(Object.keys(split.dynamic), ['max_connections', 'wait_timeout']);
    assert.deepEqual(split.restart, { table_open_cache: 9, loose_long_query_time: 1 });
  });

  for (const [name, value, kind, text] of [
    ['max_connections', 300, 'number', '300'],
    ['max_allowed_packet', '64M', 'number', '67108864'],
    ['max_allowed_packet', '1g', 'number', '1073741824'],
    ['long_query_time', '0.5', 'number', '0.5'],
    ['slow_query_log', true, 'text', 'ON'],
    ['transaction_isolation', 'READ-COMMITTED', 'text', 'READ-COMMITTED'],
    ['sql_mode', "x'; DROP", 'text', "x'; DROP"],
  ] as const)
    test(`${name} = ${value}`, () => assert.deepEqual(settingLiteral(name, value), { kind, text }));
});
