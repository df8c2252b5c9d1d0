import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { suite, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { MEMBER_PORTS } from '@radondb/api/cluster-config';
import {
  type CertificateSecrets,
  planCertificates,
  renewCertificates,
} from '../../src/certificates/certificates.ts';
import {
  createMemberClient,
  MemberError,
  type MemberTarget,
} from '../../src/members/member-client.ts';
import { converge } from '../mysql-cluster/reconcile-once.ts';
import { World } from '../mysql-cluster/world.ts';

const CLUSTER = { name: 'demo', namespace: 'shop', members: ['demo-0', 'demo-1'] };
const NONE: CertificateSecrets = { authority: {}, members: {} };
const now = Date.now();
const secretsOf = async (): Promise<CertificateSecrets> =>
  await renewCertificates(
    CLUSTER,
    NONE,
    planCertificates(CLUSTER, NONE, { ms: now, isSettled: () => true }),
    now,
  );
const secrets = await secretsOf();
const OPTIONS = { signal: new AbortController().signal, timeoutMs: 10_000 };

let hosts = 0;

/** An agent's API that answers as it is told to. */
async function anAgent(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  member = 'demo-0',
): Promise<MemberTarget> {
  const { members, authority } = secrets;
  hosts += 1;
  const host = `127.89.${process.pid % 250}.${hosts}`;
  const server = createServer(
    {
      ...{ cert: members[`${member}.crt`], key: members[`${member}.key`], ca: members['ca.crt'] },
      ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    },
    answer,
  );
  server.listen(MEMBER_PORTS.api, host);
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const identity = {
    ca: members['ca.crt'] ?? '',
    certificate: authority['operator.crt'] ?? '',
    key: authority['operator.key'] ?? '',
  };
  return { member: 'demo-0', cluster: 'shop/demo', host, identity };
}

const isMemberError =
  (code: string, words: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof MemberError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };

suite('the client of the agents', () => {
  test('asks as an operator, and reads the report', async (t) => {
    const world = new World();
    await converge(world);
    const callers: string[] = [];
    const target = await anAgent(t, (request, response) => {
      callers.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
      response.end(JSON.stringify(world.report('demo-0')));
    });
    const client = createMemberClient();
    t.after(() => client.close());
    const report = await client.status(target, OPTIONS);
    assert.equal(report.state, 'primary');
    await client.status(target, OPTIONS);
    assert.deepEqual(callers, ['operator/controller', 'operator/controller']);
  });

  test('does not take another member for the one that it asks', async (t) => {
    const target = await anAgent(t, (_request, response) => response.end('{}'), 'demo-1');
    const client = createMemberClient();
    t.after(() => client.close());
    await assert.rejects(
      client.status(target, OPTIONS),
      isMemberError('UNREACHABLE', /not that of member\/demo-0/),
    );
  });

  test('does not trust a certificate of another authority, nor is it trusted', async (t) => {
    const other = await secretsOf();
    const target = await anAgent(t, (_request, response) => response.end('{}'));
    const client = createMemberClient();
    t.after(() => client.close());
    for (const identity of [
      { ...target.identity, ca: other.members['ca.crt'] ?? '' },
      {
        ...target.identity,
        certificate: other.authority['operator.crt'] ?? '',
        key: other.authority['operator.key'] ?? '',
      },
    ])
      await assert.rejects(
        client.status({ ...target, identity }, OPTIONS),
        isMemberError('UNREACHABLE', /demo-0 does not answer/),
      );
  });

  test("hands on an agent's refusal in its own words", async (t) => {
    const target = await anAgent(t, (_request, response) => {
      response.writeHead(409);
      response.end('{"code":"REFUSED","message":"a clone runs","details":["wait for it"]}');
    });
    const client = createMemberClient();
    t.after(() => client.close());
    await assert.rejects(
      client.switchover(target, { to: null, timeoutMs: 1 }, OPTIONS),
      isMemberError('REFUSED', /demo-0: a clone runs \(wait for it\)/),
    );
  });

  for (const [what, text] of [
    ['no JSON', '<html>'],
    ['an error of another kind', '{"oops":1}'],
  ] as const)
    test(`an answer that is ${what} is not repeated`, async (t) => {
      const target = await anAgent(t, (_request, response) => {
        response.writeHead(500);
        response.end(text);
      });
      const client = createMemberClient();
      t.after(() => client.close());
      await assert.rejects(
        client.status(target, OPTIONS),
        isMemberError('BAD_ANSWER', /^demo-0 answers with HTTP status 500$/),
      );
    });

  test('an answer of 204 is enough where nothing is to be told', async (t) => {
    const bodies: string[] = [];
    const target = await anAgent(t, (request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.writeHead(204).end());
    });
    const client = createMemberClient();
    t.after(() => client.close());
    await client.configure(target, { revision: 'r', config: { wait_timeout: 5 } }, OPTIONS);
    assert.deepEqual(JSON.parse(bodies.join('')), { revision: 'r', config: { wait_timeout: 5 } });
  });

  test('silence ends at the deadline, an abort with its reason', async (t) => {
    const target = await anAgent(t, () => {});
    const client = createMemberClient();
    t.after(() => client.close());
    await assert.rejects(
      client.status(target, { ...OPTIONS, timeoutMs: 50 }),
      isMemberError('UNREACHABLE', /no answer within 50 ms/),
    );
    const stop = new AbortController();
    const asked = client.status(target, { signal: stop.signal, timeoutMs: 60_000 });
    stop.abort(new Error('the lease is lost'));
    await assert.rejects(asked, /the lease is lost/);
  });
});
