/** What we take for settings that need no restart, asked of a real server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DYNAMIC_VARIABLES, settingLiteral } from '@radondb/api/my-cnf/dynamic-variables';
import {
  findRealMysqld,
  type MysqldSandbox,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;

describe('settings without a restart', { skip }, () => {
  let sandbox: MysqldSandbox;
  let member: SandboxMember;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    [member] = (await sandbox.cluster(['primary'])) as [SandboxMember];
  });
  after(async () => await sandbox?.close());

  it('all of them are taken by a running server, with their default', async () => {
    const names = [...DYNAMIC_VARIABLES];
    await member.server.sql.setGlobals(names.map((name) => ({ name, value: null })));
  });

  it('take the values that my.cnf takes', async () => {
    const values = { max_connections: 77, max_allowed_packet: '64M', long_query_time: 0.5 };
    const more = { slow_query_log: true, transaction_isolation: 'READ-COMMITTED' };
    await member.server.sql.setGlobals(
      Object.entries({ ...values, ...more }).map(([name, value]) => ({
        name,
        value: settingLiteral(name, value),
      })),
    );
    const { user, password } = sandbox.credentials.application;
    const client = await member.client(user, password);
    const [rows] = await client.query(
      'SELECT @@GLOBAL.max_connections a, @@GLOBAL.max_allowed_packet b, @@GLOBAL.long_query_time c, @@GLOBAL.slow_query_log d, @@GLOBAL.transaction_isolation e',
    );
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), [
      { a: 77, b: 67_108_864, c: 0.5, d: 1, e: 'READ-COMMITTED' },
    ]);
  });

  it('a text is quoted, never executed', async () => {
    await assert.rejects(
      member.server.sql.setGlobals([
        { name: 'sql_mode', value: { kind: 'text', text: "'; DROP SCHEMA shop; --" } },
      ]),
    );
  });
});
