import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createPeerClient } from '../../src/http/peer-client.ts';
import { TlsFiles } from '../../src/http/tls-files.ts';
import { DEADLINE_MS, SILENT } from '../proxy/fakes.ts';
import { aMember } from './a-member.ts';
import { Authority, NO_OPENSSL } from './certificates.ts';

describe('TLS files', { skip: NO_OPENSSL }, () => {
  const authority = NO_OPENSSL ? null : new Authority();
  after(() => authority?.remove());

  /** Files that a test may overwrite, and two certificates to put there. */
  function aRotation(name: string, commonName: string) {
    assert.ok(authority);
    const { folder, caFile } = authority;
    const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const put = (from: { certFile: string; keyFile: string }): void => {
      copyFileSync(from.certFile, certFile);
      copyFileSync(from.keyFile, keyFile);
    };
    const [first, second] = [authority.issue(commonName), authority.issue(commonName)];
    put(first);
    return { paths: { caFile, certFile, keyFile }, put, first, second };
  }

  test('files that do not fit together are left alone until they do, and told once', async () => {
    const { paths, put, first, second } = aRotation('halfway', 'member/demo-0');
    const warnings: string[] = [];
    const log = { ...SILENT, warn: (_fields: object, message: string) => warnings.push(message) };
    const files = new TlsFiles(paths, { pollMs: 3_600_000, log });
    const before = files.current();
    let changes = 0;
    files.onChange(() => {
      changes += 1;
    });
    copyFileSync(second.certFile, paths.certFile);
    await files.refresh();
    await files.refresh();
    assert.equal(files.current(), before);
    assert.equal(warnings.length, 1);
    put(second);
    await files.refresh();
    assert.notEqual(files.current(), before);
    assert.equal(changes, 1);
    put(second);
    await files.refresh();
    assert.equal(changes, 1, 'the same content is no change');
    put(first);
    await files.refresh();
    assert.equal(changes, 2);
    files.close();
  });

  test('a file that cannot be used at the start is told at the start', () => {
    const { paths } = aRotation('bad', 'member/demo-0');
    writeFileSync(paths.keyFile, 'not a key');
    assert.throws(() => new TlsFiles(paths));
    assert.throws(() => new TlsFiles({ ...paths, certFile: '/nowhere' }), { code: 'ENOENT' });
  });

  test('a listener and a client take over rotated files without a restart', async (t) => {
    assert.ok(authority);
    const server = aRotation('server', 'member/demo-0');
    const own = aRotation('client', 'member/demo-1');
    const { peer } = await aMember(t, server.paths, { tlsPollMs: 5 });
    const client = createPeerClient({ tls: own.paths, log: SILENT, tlsPollMs: 5 });
    t.after(() => client.close());
    await client.status(peer);
    // Certificates of the same authority that name somebody else: whether they are used shows who read the files again.
    server.put(authority.issue('member/demo-7'));
    const renamed = { ...peer, name: 'demo-7' };
    await tryUntil('the server shows its new certificate', async () => {
      await client.status(renamed);
    });
    own.put(authority.issue('nobody'));
    await tryUntil('the client shows its new certificate', () =>
      assert.rejects(client.status(renamed), { status: 403 }),
    );
  });
});

/** Repeats until it succeeds. */
async function tryUntil(what: string, attempt: () => Promise<void>): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (cause) {
      if (Date.now() > end) throw new Error(`still not: ${what}`, { cause });
    }
  }
}
