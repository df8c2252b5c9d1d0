import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balance } from '../src/mysqld/download.ts';
import { parsePrintUris } from '../src/mysqld/print-uris.ts';
import { aPackage } from './builders.ts';

const SHA = 'ab'.repeat(32);

test('the package lines of --print-uris are read and all others are passed by', () => {
  const text = `Reading package lists...
The following additional packages will be installed:
  libc6
'http://mirror.test/debian/pool/main/g/glibc/libc6_2.43-7_amd64.deb' libc6_2.43-7_amd64.deb 1866392 SHA256:${SHA}
'https://mirror.test/pool/liblz4-1_2%253a1.0-3_amd64.deb' liblz4-1_2%3a1.0-3_amd64.deb 12 MD5Sum:aa SHA256:${SHA.toUpperCase()}
`;
  const [libc, lz4, ...others] = parsePrintUris(text);
  assert.deepEqual(libc, {
    name: 'libc6',
    version: '2.43-7',
    architecture: 'amd64',
    uri: 'http://mirror.test/debian/pool/main/g/glibc/libc6_2.43-7_amd64.deb',
    fileName: 'libc6_2.43-7_amd64.deb',
    size: 1866392,
    sha256: SHA,
  });
  assert.equal(lz4?.version, '2:1.0-3', 'an epoch is unescaped');
  assert.equal(lz4?.sha256, SHA);
  assert.deepEqual(others, []);
});

test('a package without a SHA-256 digest is refused', () => {
  const line =
    "'http://mirror.test/a_1_all.deb' a_1_all.deb 12 MD5Sum:7e53148edb1262f86946d6ed13152112";
  assert.throws(() => parsePrintUris(line), /SHA-256/);
});

test('downloads are spread so that no connection has much more than the others', () => {
  const files = [26, 10, 5, 4, 3, 3, 2, 2, 1].map((size, index) =>
    aPackage({ name: `p${index}`, size }),
  );
  const batches = balance(files, 3);
  const sums = batches.map((batch) => batch.reduce((sum, it) => sum + it.size, 0));
  assert.deepEqual(
    sums.toSorted((a, b) => b - a),
    [26, 15, 15],
  );
  assert.deepEqual(balance(files.slice(0, 2), 6).length, 2, 'no empty batch');
});
