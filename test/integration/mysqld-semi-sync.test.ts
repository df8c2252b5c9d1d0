import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BinlogTransaction, scanBinlog } from '@radondb/agent/binlog/index';
import { containsGtids, countGtids, equalGtids, subtractGtids } from '@radondb/api';
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

describe('a primary that waits for acknowledgements', { skip }, () => {
  let sandbox: MysqldSandbox;
  let primary: SandboxMember;
  let replica: SandboxMember;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    [primary, replica] = (await sandbox.cluster(['primary', 'replica'])) as [
      SandboxMember,
      SandboxMember,
    ];
  });
  after(async () => await sandbox?.close());

  const app = async () =>
    await primary.client(
      sandbox.credentials.application.user,
      sandbox.credentials.application.password,
    );

  it('waits without end, at the safe point, and does not acknowledge by itself', async () => {
    const { semiSync } = await primary.server.sql.observe();
    assert.deepEqual(
      { ...semiSync, sourceClients: 0 },
      {
        sourceEnabled: true,
        sourceActive: true,
        sourceClients: 0,
        waitForReplicaCount: 1,
        timeoutMs: 4_294_967_295,
        waitNoReplica: true,
        waitPoint: 'AFTER_SYNC',
        waitSessions: 0,
        unacknowledgedCommits: 0,
        replicaEnabled: false,
        replicaActive: false,
      },
    );
    const other = (await replica.server.sql.observe()).semiSync;
    assert.equal(other.replicaEnabled && other.replicaActive, true);
  });

  it('passes a barrier that the replica acknowledges, and the replica applies it', async () => {
    const gtid = await primary.server.sql.barrier(7, DEADLINE_MS);
    assert.equal(countGtids(gtid), 1);
    assert.match(gtid.toString(), /:radondb:\d+$/u);
    assert.equal(
      await replica.server.sql.waitExecuted(gtid, { deadlineMs: DEADLINE_MS, signal: NEVER }),
      true,
    );
    assert.equal(await primary.server.sql.isQuiet(), true);
  });

  it('holds a barrier and clients up without acknowledgements, answers its agent, cuts clients off, and its files tell of the tail', async () => {
    const client = await app();
    await client.query('CREATE TABLE shop.t (id INT PRIMARY KEY, v MEDIUMTEXT)');
    await client.query('CREATE TABLE shop.copy SELECT * FROM shop.t');
    await client.query('SET SESSION binlog_transaction_compression=ON').catch(() => {});
    await client.query('INSERT INTO shop.t VALUES (1, ?)', ['x'.repeat(3_000_000)]);
    assert.equal(await replica.server.sql.stopReceiver(2_000), true);
    const before_ = await primary.server.sql.content();

    await assert.rejects(primary.server.sql.barrier(8, 200), { code: 'MYSQL_UNREACHABLE' });
    const lost = client
      .query('INSERT INTO shop.t VALUES (2, ?)', ['two'])
      .catch((error: unknown) => error);
    // The second waits for the first's place in the order of commits, so only one session says that it waits.
    await eventually('two commits are in doubt', async () => {
      const { waitSessions } = (await primary.server.sql.observe()).semiSync;
      const { content } = await scanBinlog(path.join(primary.directory, 'mysql'), 'binlog.index');
      return waitSessions > 0 && countGtids(subtractGtids(content, before_.executed)) === 2;
    });
    await primary.server.sql.ping(1_000);
    assert.equal(await primary.server.sql.isQuiet(), false);
    assert.equal(await primary.server.sql.denyWrites(300), false, 'a waiting commit holds it up');
    assert.equal((await primary.server.sql.observe()).readOnly, false, 'it is left as it was');
    await primary.server.sql.shut(1_000);
    assert.ok((await lost) instanceof Error, 'the client is not told that it was written');
    assert.equal((await primary.server.sql.observe()).offline, true);

    await primary.server.kill();
    const onDisk = await primary.server.scan();
    const tail = subtractGtids(onDisk.binlog, before_.executed);
    assert.equal(countGtids(tail), 2, 'both wait in the binlog and in no set of the server');
    assert.ok(containsGtids(onDisk.binlog, before_.executed));
    const kinds: BinlogTransaction[] = [];
    const scan = await scanBinlog(path.join(primary.directory, 'mysql'), 'binlog.index', (it) =>
      kinds.push(it),
    );
    assert.equal(scan.lastFile?.inUse, true);
    assert.equal(scan.lastFile?.ended, false);
    assert.equal(scan.lastFile?.anonymous, 0);
    assert.equal(
      kinds.some((transaction) => transaction.kind === 'other'),
      false,
      JSON.stringify(kinds),
    );
    assert.equal(
      kinds.some((transaction) => transaction.kind === 'ddl'),
      true,
    );

    const folder = await primary.server.saveEvidence({ content: tail, reason: 'a test', epoch: 8 });
    assert.deepEqual(
      (await readdir(folder)).sort(),
      [path.basename(scan.lastFile?.file ?? ''), 'manifest.json'].sort(),
    );

    await primary.server.start(NEVER);
    const after_ = await primary.server.sql.content();
    assert.ok(equalGtids(after_.executed, onDisk.binlog), `${after_.executed} is ${onDisk.binlog}`);
  });
});
