import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer } from 'node:tls';
import { DataRefusedError } from '../../src/errors.ts';
import { openPki, type TlsFiles } from '../../src/pki/pki.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const read = (tls: TlsFiles) => ({
  ca: readFileSync(tls.caFile),
  cert: readFileSync(tls.certFile),
  key: readFileSync(tls.keyFile),
});

test('a member is known by its name, at localhost and the loopback addresses', async (t) => {
  const pki = await openPki(temporaryFolder(t));
  const tls = await pki.member('demo-0');
  const certificate = new X509Certificate(readFileSync(tls.certFile));
  assert.equal(certificate.subject, 'CN=member/demo-0');
  for (const name of ['localhost', 'demo-0']) assert.equal(certificate.checkHost(name), name);
  for (const ip of ['127.0.0.1', '::1']) assert.equal(certificate.checkIP(ip), ip);
  const authority = new X509Certificate(readFileSync(tls.caFile));
  assert.equal(authority.ca, true);
  assert.equal(certificate.verify(authority.publicKey), true);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

test('keys are readable by their owner only', async (t) => {
  const folder = temporaryFolder(t);
  const pki = await openPki(folder);
  for (const { keyFile } of [await pki.member('demo-0'), await pki.operator()]) {
    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  }
  assert.equal(statSync(`${folder}/ca.key`).mode & 0o777, 0o600);
});

test('what was issued is kept; a lost key is an error, not a new certificate', async (t) => {
  const folder = temporaryFolder(t);
  const first = await (await openPki(folder)).member('demo-0');
  const before = readFileSync(first.certFile, 'utf8');
  const again = await (await openPki(folder)).member('demo-0');
  assert.equal(readFileSync(again.certFile, 'utf8'), before);
  rmSync(first.keyFile);
  await assert.rejects((await openPki(folder)).member('demo-0'), DataRefusedError);
});

test('one certificate serves and asks, with both sides checked', async (t) => {
  const pki = await openPki(temporaryFolder(t));
  const [server, client] = await Promise.all([pki.member('demo-0'), pki.operator()]);
  const options = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
  const listener = createServer({ ...read(server), ...options }, (socket) => {
    socket.end(String(socket.getPeerCertificate().subject.CN));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...read(client), host: '127.0.0.1', port });
  const [answer] = await once(socket, 'data');
  assert.equal(String(answer), 'operator/local');
});
