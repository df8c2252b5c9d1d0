import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Connection } from 'mysql2/promise';
import {
  findRealMysqld,
  type MysqldSandbox,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;

describe('the account of applications', { skip }, () => {
  let sandbox: MysqldSandbox;
  let primary: SandboxMember;
  let app: Connection;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    [primary] = (await sandbox.cluster(['primary'])) as [SandboxMember];
    const { user, password } = sandbox.credentials.application;
    app = await primary.client(user, password);
  });
  after(async () => await sandbox?.close());

  it('works in schemas of its own, which it may create', async () => {
    await app.query('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
    await app.query('INSERT INTO shop.orders VALUES (1)');
    await app.query('CREATE DATABASE another');
    await app.query('CREATE TABLE another.t (id INT PRIMARY KEY)');
    await app.query('DROP DATABASE another');
  });

  for (const statement of [
    'SET GLOBAL offline_mode=OFF',
    'SET GLOBAL rpl_semi_sync_source_enabled=OFF',
    'SET PERSIST max_connections=7',
    'SET SESSION sql_log_bin=0',
    'SELECT * FROM mysql.user',
    'CREATE TABLE mysql.t (id INT)',
    'UPDATE radondb.epoch SET epoch=99',
    'SELECT * FROM radondb.epoch',
    'DROP SCHEMA radondb',
    'DROP SCHEMA sys',
    "CREATE USER mallory@'%'",
    'GRANT ALL ON *.* TO CURRENT_USER()',
    'STOP REPLICA',
    'RESET BINARY LOGS AND GTIDS',
    "SET gtid_next='AUTOMATIC:radondb'",
  ]) {
    it(`may not: ${statement}`, async () => {
      await assert.rejects(app.query(statement));
    });
  }

  it('is written once, tagged, and again only when the password changes', async () => {
    const { application } = sandbox.credentials;
    const before_ = (await primary.server.sql.content()).executed.toString();
    assert.match(before_, /:radondb:1-/u);
    await primary.server.sql.ensureApplicationAccount(application);
    assert.equal((await primary.server.sql.content()).executed.toString(), before_);
    const changed = { ...application, password: 'another one' };
    await primary.server.sql.ensureApplicationAccount(changed);
    const after_ = (await primary.server.sql.content()).executed.toString();
    assert.notEqual(after_, before_);
    assert.equal(
      after_.replace(/:radondb:.*/u, ''),
      before_.replace(/:radondb:.*/u, ''),
      'nothing untagged was written',
    );
    await assert.rejects(primary.client(application.user, application.password), { errno: 1045 });
    await primary.client(application.user, changed.password);
  });

  it('is told from accounts that could pass the fence', async () => {
    assert.deepEqual(await primary.server.sql.accountsThatBypassFence(), []);
  });
});
