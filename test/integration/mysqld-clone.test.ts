import assert from 'node:assert/strict';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { containsGtids, equalGtids } from '@radondb/api';
import {
  DEADLINE_MS,
  findRealMysqld,
  type MysqldSandbox,
  NEVER,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const NOTHING = async (): Promise<void> => {};
const skip = 'reason' in found ? found.reason : false;

describe('a clone', { skip }, () => {
  let sandbox: MysqldSandbox;
  let donor: SandboxMember;
  let member: SandboxMember;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    // The donor is a replica itself: its own source must not come along.
    const [primary, replica] = (await sandbox.cluster(['primary', 'donor'])) as [
      SandboxMember,
      SandboxMember,
    ];
    donor = replica;
    const app = await primary.client(
      sandbox.credentials.application.user,
      sandbox.credentials.application.password,
    );
    await app.query('CREATE TABLE shop.t (id INT PRIMARY KEY)');
    await app.query('INSERT INTO shop.t VALUES (1), (2), (3)');
    const { executed } = await primary.server.sql.content();
    assert.ok(
      await donor.server.sql.waitExecuted(executed, { deadlineMs: DEADLINE_MS, signal: NEVER }),
    );
    member = await sandbox.running('member');
    await member.server.kill();
  });
  after(async () => await sandbox?.close());

  const folders = async () =>
    (await readdir(member.directory)).filter((name) => name.startsWith('mysql')).sort();

  it('that is killed leaves the data that was there', async () => {
    const { serverUuid } = await member.server.scan();
    const killer = new AbortController();
    const cloning = member.server.clone(donor.source, {
      signal: killer.signal,
      beforeSwap: NOTHING,
      onProgress: () => killer.abort(),
    });
    await assert.rejects(cloning, { name: 'AbortError' });
    assert.deepEqual(await folders(), ['mysql']);
    assert.equal((await member.server.scan()).serverUuid, serverUuid);
  });

  it('that its agent did not survive is cleaned up by the next one, and the data is the old one', async () => {
    // What a SIGKILLed agent leaves: half a clone, and no marker that it is complete.
    for (const name of ['mysql.new', 'mysql.new-scratch']) {
      await mkdir(path.join(member.directory, name));
      await writeFile(path.join(member.directory, name, 'ibdata1'), 'half');
    }
    const successor = member.again();
    assert.equal(await successor.hasData(), true);
    await successor.start(NEVER);
    assert.equal((await successor.sql.content()).executed.toString(), '');
    await successor.kill();
  });

  it('of an unreachable donor or with a wrong password says so and leaves the data', async () => {
    const wrong = { ...donor.source, password: 'wrong' };
    await assert.rejects(
      member.server.clone(wrong, { signal: NEVER, beforeSwap: NOTHING }),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'CLONE');
        assert.ok(!error.message.includes(sandbox.credentials.replication.password));
        return true;
      },
    );
    assert.deepEqual(await folders(), ['mysql']);
  });

  it('has the data of the donor, its accounts, a uuid of its own and no source', async () => {
    const progress: { bytesDone: number; bytesTotal: number }[] = [];
    await member.server.clone(donor.source, {
      signal: NEVER,
      beforeSwap: NOTHING,
      onProgress: (it) => progress.push(it),
    });
    assert.ok(progress.length > 0);
    assert.equal(member.server.state, 'down');
    assert.deepEqual(await folders(), ['mysql', 'mysql.old-1']);
    const theirs = await donor.server.sql.content();
    const onDisk = await member.server.scan();
    assert.ok(equalGtids(onDisk.binlog, theirs.executed));
    assert.notEqual(onDisk.serverUuid, theirs.serverUuid);

    await member.server.start(NEVER);
    const ours = await member.server.sql.content();
    assert.ok(equalGtids(ours.executed, theirs.executed));
    assert.ok(containsGtids(ours.purged, theirs.executed));
    const seen = await member.server.sql.observe();
    assert.equal(seen.source, null);
    assert.equal(seen.superReadOnly && seen.offline, true);
    await member.server.sql.follow(donor.source, { acknowledge: false });
    await member.server.sql.letReadersIn();
    const reader = await member.client(
      sandbox.credentials.application.user,
      sandbox.credentials.application.password,
    );
    const [rows] = await reader.query('SELECT COUNT(*) AS n FROM shop.t');
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), [{ n: 3 }]);
    await member.server.kill();
    await member.server.dropPrevious();
    assert.deepEqual(await folders(), ['mysql']);
  });

  it('whose swap was cut short between its renames is put in place by whoever looks next', async () => {
    const { serverUuid } = await member.server.scan();
    const at = (name: string) => path.join(member.directory, name);
    // As after: marker written, the old data moved away, and then nothing more.
    await rename(at('mysql'), at('mysql.new'));
    await mkdir(at('mysql.old-1'));
    await writeFile(
      path.join(member.directory, 'agent', 'mysqld-swap.json'),
      JSON.stringify({ previous: 'mysql.old-1' }),
    );
    const successor = member.again();
    assert.equal(await successor.hasData(), true);
    assert.equal((await successor.scan()).serverUuid, serverUuid);
    assert.deepEqual(await folders(), ['mysql', 'mysql.old-1']);
  });
});
