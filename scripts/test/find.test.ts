import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { markerPath } from '../src/mysqld/cache.ts';
import { findMysqld } from '../src/mysqld/find.ts';
import { thisArchitecture } from '../src/mysqld/platform.ts';
import { NEEDED_PLUGINS } from '../src/mysqld/plugins.ts';
import { ToolMissingError } from '../src/mysqld/tool-missing-error.ts';
import { aFolder, aMysqld, aScript } from './builders.ts';

const arch = thisArchitecture();
const MARIADB = 'mysqld  Ver 10.11.11-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)';

/** An unpacked root whose "loader" is a script that answers for the program it is to run. */
async function aCachedRoot(cacheDir: string, version: string, isComplete = true): Promise<string> {
  assert.ok(arch !== null);
  const root = join(cacheDir, `mysql-${version}-1-${arch.name}`);
  const loader = join(root, 'usr/lib', arch.triplet, arch.loader);
  await aScript(loader, `echo "mysqld  Ver ${version}-1 for Linux on x86_64 ((Debian))"`);
  for (const name of NEEDED_PLUGINS) await aScript(join(root, 'usr/lib/mysql/plugin', name), '');
  await aScript(join(root, 'usr/bin/mysqlbinlog'), '');
  if (isComplete) await writeFile(markerPath(root), JSON.stringify({ version, notes: ['moved'] }));
  return root;
}

test('RADONDB_MYSQLD comes before PATH, with the clients beside it', async (t) => {
  const dir = await aFolder(t);
  await aMysqld(join(dir, 'a/mysqld'));
  await aScript(join(dir, 'a/mysql'), "echo 'mysql  Ver 8.4.6 for Linux on x86_64 (GPL)'");
  await aMysqld(join(dir, 'b/mysqld'));
  const found = await findMysqld({
    env: { RADONDB_MYSQLD: join(dir, 'a/mysqld'), PATH: `${join(dir, 'b')}:/bin:/usr/bin` },
    cacheDir: join(dir, 'cache'),
    fetch: 'never',
  });
  assert.equal(found.source, 'env');
  assert.equal(found.version, '8.4.6');
  assert.deepEqual(found.mysqld, { file: join(dir, 'a/mysqld'), args: [] });
  assert.deepEqual(found.mysql, { file: join(dir, 'a/mysql'), args: [] });
  assert.equal(found.pluginDir, join(dir, 'a/plugin'));
  assert.deepEqual(found.serverArgs, [
    '--secure-file-priv=NULL',
    `--plugin-dir=${join(dir, 'a/plugin')}`,
  ]);
});

test('an unusable RADONDB_MYSQLD is an error at once, although PATH has a good one', async (t) => {
  const dir = await aFolder(t);
  await aMysqld(join(dir, 'good/mysqld'));
  await aMysqld(join(dir, 'bad/mysqld'), { plugins: ['mysql_clone.so'] });
  const find = (path: string) =>
    findMysqld({ env: { RADONDB_MYSQLD: path, PATH: join(dir, 'good') }, fetch: 'never' });
  await assert.rejects(find(join(dir, 'bad/mysqld')), {
    code: 'env-unusable',
    message: /plugins are missing in .*: semisync_source\.so, semisync_replica\.so\. Install/,
  });
  await assert.rejects(find(join(dir, 'nothing')), { message: /there is no such file/ });
});

test('on PATH a MariaDB, an old MySQL and a broken one are passed over with the reason', async (t) => {
  const dir = await aFolder(t);
  await aMysqld(join(dir, '1/mysqld'), { says: MARIADB });
  await aMysqld(join(dir, '2/mysqld'), { says: 'mysqld  Ver 8.0.43 for Linux on x86_64 (GPL)' });
  await aScript(join(dir, '3/mysqld'), 'echo "no libaio" >&2; exit 127');
  await aMysqld(join(dir, '4/mysqld'));
  const path = [1, 2, 3, 4].map((number) => join(dir, String(number))).join(':');
  const found = await findMysqld({ env: { PATH: path }, cacheDir: dir, fetch: 'never' });
  assert.equal(found.source, 'path');
  assert.equal(found.mysqld.file, join(dir, '4/mysqld'));
  assert.deepEqual(found.passedOver, [
    { path: join(dir, '1/mysqld'), reason: 'it is MariaDB 10.11.11, not MySQL' },
    { path: join(dir, '2/mysqld'), reason: 'it is MySQL 8.0.43, older than 8.4' },
    { path: join(dir, '3/mysqld'), reason: 'it ends with 127: no libaio' },
  ]);
});

test('the newest complete root of the cache is used, through its own loader', async (t) => {
  if (arch === null) return t.skip('no private MySQL for this platform');
  const dir = await aFolder(t);
  await aCachedRoot(dir, '9.7.4');
  const newest = await aCachedRoot(dir, '9.7.10');
  const cut = await aCachedRoot(dir, '9.7.11', false);
  const found = await findMysqld({ env: { PATH: '' }, cacheDir: dir, fetch: 'never' });
  assert.equal(found.source, 'cache');
  assert.equal(found.root, newest);
  assert.equal(found.version, '9.7.10');
  assert.deepEqual(found.notes, ['moved']);
  assert.equal(found.mysqld.args.at(-1), join(newest, 'usr/sbin/mysqld'));
  assert.equal(found.mysql, null, 'a client that is not there is not named');
  assert.notEqual(found.mysqlbinlog, null);
  assert.deepEqual(found.passedOver, [{ path: cut, reason: 'it is not complete' }]);
});

test('when nothing is found the message says what to install and which variable to set', async (t) => {
  const dir = await aFolder(t);
  await aMysqld(join(dir, 'bin/mysqld'), { says: MARIADB });
  const options = { env: { PATH: join(dir, 'bin') }, cacheDir: dir, fetch: 'never' } as const;
  await assert.rejects(findMysqld(options), (error) => {
    assert.ok(error instanceof ToolMissingError);
    assert.equal(error.code, 'not-found');
    assert.equal(
      error.message,
      `No usable mysqld was found. Passed over ${join(dir, 'bin/mysqld')}: it is MariaDB 10.11.11, ` +
        'not MySQL. Install mysql-server ≥ 8.4 so that mysqld is on PATH, ' +
        'or set RADONDB_MYSQLD=/path/to/mysqld.',
    );
    return true;
  });
});
