import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMysqldVersion, whyUnusable } from '../src/mysqld/version.ts';

const CASES = [
  ['/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))', 'mysql', '9.7.4', null],
  ['mysqld  Ver 8.4.6 for Linux on aarch64 (MySQL Community Server - GPL)', 'mysql', '8.4.6', null],
  [
    'mysqld  Ver 8.4.5-5 for Linux on x86_64 (Percona Server (GPL), Release 5, Revision 3ff0)',
    'percona',
    '8.4.5',
    null,
  ],
  [
    'mysqld  Ver 8.0.43-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))',
    'mysql',
    '8.0.43',
    'it is MySQL 8.0.43, older than 8.4',
  ],
  [
    'mysqld  Ver 10.11.11-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)',
    'mariadb',
    '10.11.11',
    'it is MariaDB 10.11.11, not MySQL',
  ],
  [
    'mysql  Ver 15.1 Distrib 10.11.11-MariaDB, for debian-linux-gnu (x86_64)',
    'mariadb',
    '10.11.11',
    'it is MariaDB 10.11.11, not MySQL',
  ],
  [
    'mysql from 11.8.3-MariaDB, client 15.2 for debian-linux-gnu (x86_64)',
    'mariadb',
    '11.8.3',
    'it is MariaDB 11.8.3, not MySQL',
  ],
] as const;

for (const [text, flavour, version, objection] of CASES) {
  test(`--version is understood: ${text}`, () => {
    const found = parseMysqldVersion(text);
    assert.ok(found !== null);
    assert.equal(found.flavour, flavour);
    assert.equal(found.version, version);
    assert.equal(whyUnusable(found), objection);
  });
}

test('what is no version is none', () => {
  assert.equal(parseMysqldVersion('Segmentation fault'), null);
});
