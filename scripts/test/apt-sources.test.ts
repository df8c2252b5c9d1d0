import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDeb822Sources, parseOneLineSources } from '../src/mysqld/apt-sources.ts';
import { chooseDebianMirror, readAptSources } from '../src/mysqld/debian-mirror.ts';
import { aptError } from '../src/mysqld/private-apt.ts';
import { aFolder } from './builders.ts';

const KEY = '/usr/share/keyrings/debian-archive-keyring.gpg';

test('the one-line format is read with its options and without its comments', () => {
  const text = `# deb http://old.test/debian bookworm main
deb [arch=amd64 signed-by=${KEY}] http://mirror.test/debian bookworm main contrib # ours
deb-src http://mirror.test/debian bookworm main
deb http://mirror.test/debian bookworm-updates main
`;
  assert.deepEqual(parseOneLineSources(text), [
    {
      uris: ['http://mirror.test/debian'],
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      signedBy: KEY,
    },
    {
      uris: ['http://mirror.test/debian'],
      suites: ['bookworm-updates'],
      components: ['main'],
      signedBy: null,
    },
  ]);
});

test('the deb822 format is read: comments within, several words, continued and disabled ones', () => {
  const text = `Types: deb deb-src
# a comment within
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: ${KEY}

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: sid
Components: main

Types: deb-src
URIs: http://src.test/debian
Suites: sid
Components: main

types: deb
uris: http://third.test/apt
suites: stable
components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ==
 -----END PGP PUBLIC KEY BLOCK-----
`;
  const [debian, third, ...others] = parseDeb822Sources(text);
  assert.deepEqual(debian, {
    uris: ['http://mirror.test/debian'],
    suites: ['bookworm', 'bookworm-updates'],
    components: ['main'],
    signedBy: KEY,
  });
  assert.match(third?.signedBy ?? '', /^-----BEGIN[\s\S]+\n \.\n mQ==\n/);
  assert.deepEqual(others, []);
});

test("the mirror of Debian itself is chosen among others' that use its suite names", async (t) => {
  const etc = await aFolder(t);
  await mkdir(join(etc, 'sources.list.d'));
  await writeFile(
    join(etc, 'sources.list.d/a-browser.list'),
    'deb [signed-by=/k] http://browser.test/deb stable main\ndeb http://tools.test/ bookworm main\n',
  );
  await writeFile(
    join(etc, 'sources.list.d/debian.sources'),
    `Types: deb\nURIs: http://mirror.test/mirrors/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: ${KEY}\n`,
  );
  await writeFile(
    join(etc, 'sources.list.d/old.sources.disabled'),
    'Types: deb\nURIs: http://no.test/debian\nSuites: sid sid-updates\nComponents: main\n',
  );
  assert.deepEqual(chooseDebianMirror(await readAptSources(etc)), {
    uri: 'http://mirror.test/mirrors/debian',
    signedBy: KEY,
  });
});

test('Ubuntu and a host without apt have no Debian mirror', async (t) => {
  const ubuntu = parseOneLineSources('deb http://mirror.test/ubuntu noble main universe');
  assert.equal(chooseDebianMirror(ubuntu), null);
  assert.equal(chooseDebianMirror(await readAptSources(await aFolder(t))), null);
});

test("apt's failure to connect is told from its other failures", () => {
  const result = (stderr: string) => ({ code: 100, stdout: '', stderr });
  const offline = aptError('x', result('E: Failed to fetch … Could not connect to mirror.test:80'));
  assert.equal(offline.code, 'offline');
  const unsigned = aptError('The package lists cannot be read', result('E: … is not signed.'));
  assert.equal(unsigned.code, 'fetch-failed');
  assert.match(unsigned.message, /lists cannot be read \(E: … is not signed\.\)/);
});
