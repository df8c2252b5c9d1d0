import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MysqldStartError, MysqldStateError } from '@radondb/agent/adapters/mysqld/index';
import { isEmptyGtids, parseGtidSet } from '@radondb/api';
import {
  findRealMysqld,
  type MysqldSandbox,
  NEVER,
  openMysqldSandbox,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;
const OFFLINE = 3032;

describe('the life of a mysqld', { skip }, () => {
  let sandbox: MysqldSandbox;
  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
  });
  after(async () => await sandbox?.close());

  it('is initialised without a binlog, started closed, and has executed nothing', async () => {
    const { server, client, directory } = await sandbox.member('fresh');
    assert.equal(await server.hasData(), false);
    await server.initialise(NEVER);
    assert.equal(await server.hasData(), true);
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('mysql.')),
      [],
      'nothing is left beside the data, the file with passwords least of all',
    );
    await assert.rejects(server.initialise(NEVER), MysqldStateError);
    const onDisk = await server.scan();
    assert.ok(isEmptyGtids(onDisk.binlog));

    await server.start(NEVER);
    assert.equal(server.state, 'up');
    const seen = await server.sql.observe();
    assert.equal(seen.executed.toString(), '');
    assert.equal(seen.offline, true);
    assert.equal(seen.superReadOnly, true);
    assert.equal(seen.applierRunning, false);
    assert.equal(seen.connections, 0);
    assert.deepEqual(seen.unsafeSettings, []);
    await server.sql.ping(1_000);
    // Whatever the agent asks of every member must do on one without a source too.
    assert.equal(await server.sql.stopReceiver(1_000), true);
    await server.sql.startApplier();
    assert.equal(await server.sql.applyUpTo(parseGtidSet(`${seen.serverUuid}:1`), 1_000), true);
    assert.equal(
      await server.sql.waitExecuted(seen.executed, { deadlineMs: 1_000, signal: NEVER }),
      true,
    );
    await server.sql.resetReplica();
    assert.equal(await server.sql.isQuiet(), true);
    assert.deepEqual(await server.sql.longTransactions(0), []);
    await assert.rejects(client('root', ''), 'root is locked');
    assert.deepEqual(await server.sql.accountsThatBypassFence(), []);
    await server.kill();
  });

  it('refuses clients while it is closed and lets them in when it is opened', async () => {
    const { server, client } = await sandbox.running('door');
    const { application } = sandbox.credentials;
    await server.sql.configureSource(0);
    await server.sql.allowWrites();
    await server.sql.ensureApplicationAccount(application);
    await assert.rejects(client(application.user, application.password), { errno: OFFLINE });
    await server.sql.open();
    const connection = await client(application.user, application.password);
    assert.equal((await server.sql.observe()).connections, 1);
    await server.sql.shut(1_000);
    await assert.rejects(connection.query('SELECT 1'));
    assert.equal((await server.sql.observe()).connections, 0);
    await assert.rejects(server.sql.letReadersIn(), { code: 'UNSAFE_SERVER' });
    assert.equal(await server.sql.denyWrites(1_000), true);
    await server.sql.letReadersIn();
    const reader = await client(application.user, application.password);
    await assert.rejects(reader.query('CREATE TABLE shop.t (id INT)'), { errno: 1290 });
    await server.kill();
  });

  it('shows no password on a command line, in the log or in a file beside the data', async () => {
    const { server, directory } = await sandbox.running('secret');
    const secrets = [sandbox.credentials.agent.password, sandbox.credentials.replication.password];
    const commandLine = await readFile(`/proc/${server.pid}/cmdline`, 'utf8');
    const log = await readFile(path.join(directory, 'logs', 'mysqld.log'), 'utf8');
    for (const secret of secrets) {
      assert.ok(!commandLine.includes(secret));
      assert.ok(!log.includes(secret));
    }
    await server.kill();
  });

  it('tells of an exit once, with a growing generation', async () => {
    const { server } = await sandbox.running('exits');
    const exits: unknown[] = [];
    server.onExit((exit) => exits.push(exit));
    await server.kill();
    assert.equal(server.state, 'down');
    await server.start(NEVER);
    assert.equal(await server.stop(30_000), 'clean');
    assert.deepEqual(exits, [
      { code: null, signal: 'SIGKILL', generation: 1 },
      { code: 0, signal: null, generation: 2 },
    ]);
    await server.kill();
  });

  it('leaves nothing that counts as data when an initialise is given up', async () => {
    const { server, directory } = await sandbox.member('given-up');
    const controller = new AbortController();
    const initialising = server.initialise(controller.signal);
    while (!(await readdir(directory)).includes('mysql.new-initialise'))
      await new Promise(setImmediate);
    controller.abort();
    await assert.rejects(initialising, { name: 'AbortError' });
    assert.equal(await server.hasData(), false);
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('mysql')),
      [],
    );
  });

  it('kills a mysqld that outlived its agent before it reads or starts its files', async () => {
    const member = await sandbox.running('leftover');
    const pid = member.server.pid;
    const successor = member.again();
    assert.equal(successor.pid, null);
    await successor.scan();
    await assert.rejects(access(`/proc/${pid}/exe`));
    await successor.start(NEVER);
    assert.notEqual(successor.pid, pid);
    await assert.rejects(successor.scan(), MysqldStateError);
    await successor.kill();
  });

  it('says why a start failed, and forbids a rewind from then on until a start has come up', async () => {
    const { server, config } = await sandbox.running('blocked');
    await server.kill();
    assert.equal(await server.startedSinceCrash(), false);
    const squatter = createServer();
    await new Promise<void>((resolve) =>
      squatter.listen(config.listen.mysql.port, '127.0.0.1', resolve),
    );
    try {
      await assert.rejects(server.start(NEVER), (error: unknown) => {
        assert.ok(error instanceof MysqldStartError);
        assert.match(error.message, /port is in use/u);
        return true;
      });
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    assert.equal(server.state, 'down');
    assert.equal(await server.startedSinceCrash(), true);
    await server.start(NEVER);
    assert.equal(await server.startedSinceCrash(), false);
    await server.kill();
  });

  it('gets a new server_uuid when the old one is forgotten', async () => {
    const { server } = await sandbox.running('uuid');
    const before_ = (await server.sql.content()).serverUuid;
    await server.kill();
    assert.equal((await server.scan()).serverUuid, before_);
    await server.forgetServerUuid();
    assert.equal((await server.scan()).serverUuid, null);
    await server.start(NEVER);
    assert.notEqual((await server.sql.content()).serverUuid, before_);
    await server.kill();
  });
});
