import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findRealMysqld } from '../support/mysqld-sandbox.ts';
import { DemoCluster } from '../support/radondb-command.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;

describe('a cluster of three heals by itself', { skip }, () => {
  let demo: DemoCluster;
  before(async () => {
    demo = new DemoCluster();
    await demo.ok('up', '--detach', '--timeout', '180s');
    await demo.sql('create database shop; create table shop.t (id int primary key)');
  });
  after(async () => await demo?.close());

  it('after a switchover the former primary applies what the new one writes', async () => {
    const former = (await demo.status()).primary;
    await demo.sql('insert into shop.t values (1)');
    await demo.ok('switchover', 'demo');
    assert.notEqual((await demo.status()).primary, former);
    await demo.sql('insert into shop.t values (2)');
    await demo.whole();
  });

  it('events run on the new primary and nowhere else', async () => {
    await demo.sql(
      'create table shop.ticks (host varchar(64)); create event shop.tick on schedule every 1 second do insert into shop.ticks values (@@report_host)',
    );
    await demo.eventually(
      'a tick',
      async () => Number(await demo.sql('select count(*) from shop.ticks')) > 0,
    );
    await demo.ok('switchover', 'demo');
    const { primary } = await demo.status();
    const [host = ''] = String((await demo.member(primary ?? '')).local.mysqlAddress).split(':');
    await demo.eventually(
      'a tick on the new primary',
      async () =>
        Number(await demo.sql(`select count(*) from shop.ticks where host = '${host}'`)) > 0,
    );
    await demo.sql('drop event shop.tick');
    await demo.whole();
  });

  it('a replica that lost its data takes a clone, and counts again', async () => {
    const [name] = await demo.replicas();
    const { agentPid, mysqldPid, dataDir } = (await demo.member(name ?? '')).local;
    process.kill(agentPid, 'SIGKILL');
    if (mysqldPid !== undefined) process.kill(mysqldPid, 'SIGKILL');
    rmSync(join(dataDir, 'mysql'), { recursive: true, force: true });
    await demo.sql('insert into shop.t values (3)');
    await demo.whole();
    assert.equal((await demo.member(name ?? '')).state, 'following');
  });

  it('all members killed at once come back with everything', async () => {
    const { members, epoch } = await demo.status();
    for (const { local } of members ?? []) {
      if (local === undefined) continue;
      process.kill(local.agentPid, 'SIGKILL');
      if (local.mysqldPid !== undefined) process.kill(local.mysqldPid, 'SIGKILL');
    }
    await demo.eventually(
      'another epoch',
      async () => ((await demo.status()).epoch ?? 0) > (epoch ?? 0),
    );
    await demo.whole();
    assert.equal(await demo.sql('select group_concat(id order by id) from shop.t'), '1,2,3');
  });

  it('a damaged raft log stops its member, which names file and offset; the others serve', async () => {
    await demo.ok('down');
    const members = join(demo.data, 'clusters/demo/members');
    const folder = join(members, 'demo-2/raft');
    const log = readdirSync(folder).find((f) => f.endsWith('.log'));
    assert.ok(log !== undefined);
    // In the header: whatever follows, this is no torn tail.
    const file = await open(join(folder, log), 'r+');
    await file.write(Buffer.from('damage'), 0, 6, 12);
    await file.close();
    await demo.run('up', '--detach', '--timeout', '60s');
    await demo.eventually('two members', async () => (await demo.status()).readyMembers === '2/3');
    const { out } = await demo.run('status', 'demo');
    assert.match(out, /wal-\d+\.log/);
    assert.match(out, /offset|byte/);
    await demo.sql('insert into shop.t values (4)');
  });

  it('a data folder of a newer version is refused', async () => {
    await demo.ok('down');
    const file = join(demo.data, 'box.json');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(ours), format: 99 }));
    const { code, err } = await demo.run('up', '--detach');
    assert.equal(code, 7);
    assert.match(err, /newer version/);
    writeFileSync(file, ours);
  });
});
