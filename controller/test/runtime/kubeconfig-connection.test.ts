import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generate } from 'selfsigned';
import { ApiUnreachableError, isNotFound } from '../../src/runtime/kube/api-error.ts';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { connectByKubeconfig } from '../../src/runtime/kube/kubeconfig-connection.ts';
import { createTransport } from '../../src/runtime/kube/transport.ts';
import { NAMESPACES } from '../../src/runtime/resources.ts';

interface Parts {
  readonly cluster?: Record<string, unknown>;
  readonly user?: Record<string, unknown>;
}

function kubeconfig(server: string, { cluster = {}, user = {} }: Parts): string {
  const name = 'test';
  return JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

describe('a connection by kubeconfig', () => {
  let directory: string;
  let url: string;
  let caPem: string;
  /** Authorization headers as they came. */
  const authorizations: (string | undefined)[] = [];
  let accepts: (authorization: string | undefined) => boolean = () => true;
  let server: ReturnType<typeof createServer>;
  const { signal } = new AbortController();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    const names = [{ type: 7 as const, ip: '127.0.0.1' }];
    const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      algorithm: 'sha256',
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: names }],
    });
    caPem = pems.cert;
    server = createServer({ key: pems.private, cert: pems.cert }, (request, response) => {
      const { authorization } = request.headers;
      authorizations.push(authorization);
      response.statusCode = accepts(authorization) ? 404 : 401;
      response.end('{"kind":"Status"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  /** What the server is shown. A 404 is an answer. */
  const ask = async (transport: ReturnType<typeof createTransport>): Promise<void> => {
    const client = createKubeClient({ transport });
    await assert.rejects(client.get(NAMESPACES, { name: 'a' }, { signal }), isNotFound);
  };

  it('checks the server by the CA and shows a token', async () => {
    const cluster = { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
    const text = kubeconfig(url, { cluster, user: { token: 'secret-token' } });
    const transport = createTransport(await connectByKubeconfig({ kind: 'text', text }));
    await ask(transport);
    assert.equal(authorizations.at(-1), 'Bearer secret-token');
    transport.close();
    const blind = kubeconfig(url, { user: { token: 'secret-token' } });
    const untrusting = createTransport(await connectByKubeconfig({ kind: 'text', text: blind }));
    const client = createKubeClient({ transport: untrusting });
    const seen = authorizations.length;
    await assert.rejects(client.get(NAMESPACES, { name: 'a' }, { signal }), (error: unknown) => {
      assert.ok(error instanceof ApiUnreachableError);
      assert.doesNotMatch(String(error), /secret-token/);
      return true;
    });
    assert.equal(authorizations.length, seen, 'the token was not shown to a stranger');
    untrusting.close();
  });

  it('reads files beside the kubeconfig, and a new token when the old one is refused', async () => {
    await writeFile(join(directory, 'ca.crt'), caPem);
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'first\n');
    const path = join(directory, 'config');
    const authProvider = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
    const cluster = { 'certificate-authority': 'ca.crt' };
    await writeFile(path, kubeconfig(url, { cluster, user: authProvider }));
    const transport = createTransport(await connectByKubeconfig({ kind: 'file', path }));
    await ask(transport);
    assert.equal(authorizations.at(-1), 'Bearer first');
    await writeFile(tokenFile, 'second\n');
    accepts = (authorization) => authorization === 'Bearer second';
    await ask(transport);
    assert.deepEqual(authorizations.slice(-2), ['Bearer first', 'Bearer second']);
    accepts = () => true;
    transport.close();
  });

  it('asks a credential plugin', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: ['-e', `process.stdout.write(${JSON.stringify(JSON.stringify(credential))})`],
    };
    const cluster = { 'insecure-skip-tls-verify': true };
    const text = kubeconfig(url, { cluster, user: { exec } });
    const transport = createTransport(await connectByKubeconfig({ kind: 'text', text }));
    await ask(transport);
    assert.equal(authorizations.at(-1), 'Bearer from-plugin');
    transport.close();
  });

  it('says what is wrong with a kubeconfig, and where', async () => {
    const broken = join(directory, 'broken');
    await writeFile(broken, ': not: yaml: {');
    await assert.rejects(
      connectByKubeconfig({ kind: 'file', path: broken }),
      /broken is not a kubeconfig/,
    );
    const text = kubeconfig('http://127.0.0.1:1', {});
    await assert.rejects(connectByKubeconfig({ kind: 'text', text }), /insecure-skip-tls-verify/);
    const other = { kind: 'text', text, context: 'none' } as const;
    await assert.rejects(connectByKubeconfig(other), /context none/);
  });
});
