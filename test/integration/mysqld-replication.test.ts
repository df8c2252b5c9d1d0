import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { containsGtids, countGtids, parseGtidSet, subtractGtids, unionGtids } from '@radondb/api';
import type { Connection } from 'mysql2/promise';
import {
  DEADLINE_MS,
  eventually,
  findRealMysqld,
  type MysqldSandbox,
  NEVER,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;

describe('a replica', { skip }, () => {
  let sandbox: MysqldSandbox;
  let a: SandboxMember;
  let b: SandboxMember;
  let c: SandboxMember;
  let app: Connection;
  let round = 0;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
  });
  after(async () => await sandbox?.close());
  beforeEach(async () => {
    round += 1;
    [a, b, c] = (await sandbox.cluster([`a${round}`, `b${round}`, `c${round}`])) as [
      SandboxMember,
      SandboxMember,
      SandboxMember,
    ];
    app = await a.client(
      sandbox.credentials.application.user,
      sandbox.credentials.application.password,
    );
    await app.query('CREATE TABLE shop.t (id INT PRIMARY KEY)');
    await app.query('INSERT INTO shop.t VALUES (1), (2), (3)');
    for (const replica of [b, c]) await caughtUp(a, replica);
    await a.server.sql.setWaitCount(1);
  });
  afterEach(
    async () => await Promise.all([a, b, c].map(async (member) => await member?.server.kill())),
  );

  it('keeps its relay log when it follows another source, while its applier is held up by a lock', async () => {
    // A reader's lock on b lets the applier wait: what b retrieves from now on lies in its relay log only.
    const letGo = await blockApplier(sandbox, b);
    await app.query('INSERT INTO shop.t VALUES (4)');
    await app.query('INSERT INTO shop.t VALUES (5)');
    await eventually('b has both', async () => countGtids(await unapplied(b)) === 2);
    const before = await b.server.sql.content();

    assert.equal(await b.server.sql.stopReceiver(2_000), true);
    await b.server.sql.follow(c.source, { acknowledge: false });
    const after = await b.server.sql.content();
    assert.equal(
      containsGtids(after.retrieved, before.retrieved),
      true,
      'Retrieved_Gtid_Set stays',
    );
    assert.equal(countGtids(await unapplied(b)), 2, 'nothing unapplied was dropped');
    const seen = await b.server.sql.observe();
    assert.deepEqual(seen.source, { host: c.source.host, port: c.source.port });
    assert.equal(seen.semiSync.replicaEnabled, false);
    assert.ok(seen.lagMs !== null && seen.lagMs > 0);

    await letGo();
    const all = (await a.server.sql.content()).executed;
    assert.equal(
      await b.server.sql.waitExecuted(all, { deadlineMs: DEADLINE_MS, signal: NEVER }),
      true,
    );
    assert.equal((await b.server.sql.observe()).lagMs, 0);
  });

  it('that was SIGKILLed with an unapplied relay log has its content on disk, and again after a start', async () => {
    await blockApplier(sandbox, b);
    await app.query('INSERT INTO shop.t VALUES (4)');
    await app.query('INSERT INTO shop.t VALUES (5)');
    await eventually('b has both', async () => countGtids(await unapplied(b)) === 2);
    const { executed, retrieved } = await b.server.sql.content();
    await b.server.kill();
    const onDisk = await b.server.scan();
    const whole = unionGtids(onDisk.binlog, onDisk.relayLog);
    assert.ok(
      containsGtids(whole, unionGtids(executed, retrieved)),
      `${whole} holds ${executed} and ${retrieved}`,
    );
    assert.equal(countGtids(subtractGtids(onDisk.relayLog, onDisk.binlog)), 2);

    await b.server.start(NEVER);
    const again = await b.server.sql.content();
    assert.ok(containsGtids(unionGtids(again.executed, again.retrieved), whole));
    // The source is another one now, and the applier was never started since: the relay log must still be applied.
    await b.server.sql.follow(c.source, { acknowledge: true });
    await a.server.kill();
    assert.equal(
      await b.server.sql.waitExecuted(whole, { deadlineMs: DEADLINE_MS, signal: NEVER }),
      true,
    );
  });

  it('applies what lies before a void transaction, stops there, and can drop the rest', async () => {
    const letGo = await blockApplier(sandbox, b);
    for (const id of [4, 5, 6]) await app.query(`INSERT INTO shop.t VALUES (${id})`);
    await eventually('b has all three', async () => countGtids(await unapplied(b)) === 3);
    await b.server.sql.stopReceiver(2_000);
    const waiting = await unapplied(b);
    // Workers finish what they were handed even when they are stopped. After a restart nothing is handed out (I9).
    await b.server.kill();
    await letGo();
    await b.server.start(NEVER);
    const [uuid = '', numbers = ''] = waiting.toString().split(':');
    const [first = 0, last = 0] = numbers.split('-').map(Number);
    const voids = parseGtidSet(`${uuid}:${first + 1}-${last}`);
    assert.equal(await b.server.sql.applyUpTo(voids, DEADLINE_MS), true);
    const { executed } = await b.server.sql.content();
    assert.ok(containsGtids(executed, parseGtidSet(`${uuid}:${first}`)));
    assert.equal(countGtids(subtractGtids(voids, executed)), 2, 'no void transaction was applied');
    await b.server.sql.resetReplica();
    assert.equal((await b.server.sql.content()).retrieved.toString(), '');
    assert.equal((await b.server.sql.observe()).source, null);
  });

  it('proves within its deadline that the receiver stopped, also when the source is frozen', async () => {
    const pid = a.server.pid;
    assert.ok(pid !== null);
    process.kill(pid, 'SIGSTOP');
    try {
      const began = performance.now();
      assert.equal(await b.server.sql.stopReceiver(500), true);
      assert.ok(performance.now() - began < 500);
      assert.equal((await b.server.sql.observe()).receiver, 'OFF');
      // A receiver in the handshake with a frozen source: no proof in time is a plain "false".
      await b.server.sql.follow(a.source, { acknowledge: true });
      const proven = await b.server.sql.stopReceiver(300);
      if (proven) assert.equal((await b.server.sql.observe()).receiver, 'OFF');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.equal(await b.server.sql.stopReceiver(DEADLINE_MS), true);
  });

  it('restarts its receiver when acknowledging changes, and leaves it alone when nothing does', async () => {
    const threadOf = async () => {
      const connection = await observer(sandbox, b);
      const [rows] = await connection.query(
        "SELECT THREAD_ID AS id FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''",
      );
      await connection.end();
      return JSON.stringify(rows);
    };
    const first = await threadOf();
    await b.server.sql.follow(a.source, { acknowledge: true });
    assert.equal(await threadOf(), first);
    await b.server.sql.follow(a.source, { acknowledge: false });
    await eventually('it runs', async () => (await b.server.sql.observe()).receiver === 'ON');
    assert.notEqual(await threadOf(), first);
    assert.equal((await b.server.sql.observe()).semiSync.replicaActive, false);
    await b.server.sql.follow(a.source, { acknowledge: false, delaySeconds: 3600 });
    await app.query('INSERT INTO shop.t VALUES (9)');
    await eventually('it is retrieved', async () => countGtids(await unapplied(b)) === 1);
    await b.server.sql.follow(a.source, { acknowledge: true });
    await caughtUp(a, b);
  });

  it('says what is wrong when it cannot apply, and stops waiting', async () => {
    const connection = await observer(sandbox, b);
    await connection.query('SET GLOBAL super_read_only=OFF');
    await connection.query('SET sql_log_bin=0');
    await connection.query('INSERT INTO shop.t VALUES (4)');
    await app.query('INSERT INTO shop.t VALUES (4)');
    const all = (await a.server.sql.content()).executed;
    assert.equal(
      await b.server.sql.waitExecuted(all, { deadlineMs: DEADLINE_MS, signal: NEVER }),
      false,
    );
    const seen = await b.server.sql.observe();
    assert.equal(seen.applierRunning, false);
    assert.match(seen.applierError ?? '', /1062/u);
  });
});

/** A second way in as the agent, over the admin port. */
async function observer(sandbox: MysqldSandbox, member: SandboxMember): Promise<Connection> {
  const { default: mysql } = await import('mysql2/promise');
  const { user, password } = sandbox.credentials.agent;
  return await mysql.createConnection({ ...member.config.listen.admin, user, password });
}

/** Holds a lock that the applier needs; resolves to its release. */
async function blockApplier(
  sandbox: MysqldSandbox,
  member: SandboxMember,
): Promise<() => Promise<void>> {
  const connection = await observer(sandbox, member);
  connection.on('error', () => {});
  await connection.query('LOCK TABLES shop.t READ');
  return async () => {
    // It may be gone with its server.
    await connection.query('UNLOCK TABLES').catch(() => {});
    connection.destroy();
  };
}

async function unapplied(member: SandboxMember) {
  const { executed, retrieved } = await member.server.sql.content();
  return subtractGtids(retrieved, executed);
}

async function caughtUp(primary: SandboxMember, replica: SandboxMember): Promise<void> {
  const { executed } = await primary.server.sql.content();
  assert.equal(
    await replica.server.sql.waitExecuted(executed, { deadlineMs: DEADLINE_MS, signal: NEVER }),
    true,
  );
}
