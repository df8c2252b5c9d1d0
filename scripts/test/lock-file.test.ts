import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareWithLock,
  lockedPackages,
  type MysqlLock,
  readLock,
} from '../src/mysqld/lock-file.ts';
import { ARCHITECTURES } from '../src/mysqld/platform.ts';
import { aPackage } from './builders.ts';

const { amd64, arm64 } = ARCHITECTURES;
const SERVER = aPackage();
const LIBC = aPackage({ name: 'libc6', version: '2.43-7' });

function aLock(files = [SERVER, LIBC]): MysqlLock {
  return { format: 1, series: '9.7', architectures: { amd64: lockedPackages(files) } };
}

test('packages that are the ones of the lock give no note', () => {
  assert.deepEqual(compareWithLock([LIBC, SERVER], aLock(), amd64), []);
});

test('newer packages of the same MySQL series are taken and each is named', () => {
  const newer = [
    aPackage({ version: '9.7.5-1', sha256: '1'.repeat(64) }),
    aPackage({ name: 'libc6', version: '2.44-1', sha256: '2'.repeat(64) }),
    aPackage({ name: 'libnew1', version: '1' }),
  ];
  assert.deepEqual(compareWithLock(newer, aLock(), amd64), [
    'libc6 is 2.44-1, the lock file has 2.43-7',
    'libnew1 1 is not in the lock file',
    'mysql-server-core is 9.7.5-1, the lock file has 9.7.4-2',
  ]);
});

test('the same version with another digest is refused', () => {
  const forged = { ...LIBC, sha256: 'f'.repeat(64) };
  assert.throws(() => compareWithLock([SERVER, forged], aLock(), amd64), {
    code: 'digest-mismatch',
  });
});

test('another MySQL series is refused, also one that begins with the same digits', () => {
  for (const version of ['9.8.0-1', '9.70.0-1', '10.0.1-1']) {
    const files = [aPackage({ version })];
    assert.throws(() => compareWithLock(files, aLock(), amd64), { code: 'wrong-series' }, version);
  }
  assert.throws(() => compareWithLock([LIBC], aLock(), amd64), { code: 'wrong-series' });
});

test('an architecture that is not locked is said', () => {
  assert.deepEqual(compareWithLock([SERVER], aLock(), arm64), [
    'the lock file has nothing for arm64',
  ]);
});

test('the checked-in lock has the server for both architectures and names no host', async () => {
  const lock = await readLock();
  for (const name of ['amd64', 'arm64'] as const) {
    const packages = lock.architectures[name] ?? [];
    const server = packages.find((it) => it.name === 'mysql-server-core');
    assert.match(server?.version ?? '', new RegExp(`^${lock.series}\\.`));
    assert.ok(packages.every((it) => /^[0-9a-f]{64}$/.test(it.sha256) && it.size > 0));
  }
  assert.doesNotMatch(JSON.stringify(lock), /:\/\//);
});
