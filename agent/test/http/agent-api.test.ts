import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { BODY_LIMIT_BYTES } from '../../src/http/agent-api.ts';
import { A_PROMISE_REQUEST, aHealth, aMember, aPromise, aReport } from './a-member.ts';
import { Authority, NO_OPENSSL } from './certificates.ts';
import { send } from './raw-request.ts';

const body = JSON.stringify(A_PROMISE_REQUEST);

describe('the agent API', { skip: NO_OPENSSL }, () => {
  const authority = NO_OPENSSL ? null : new Authority();
  after(() => authority?.remove());
  const issue = (name: string) => (authority as Authority).issue(name);
  const server = NO_OPENSSL ? { caFile: '', certFile: '', keyFile: '' } : issue('member/demo-0');
  const peer = NO_OPENSSL ? server : issue('member/demo-1');
  const operator = NO_OPENSSL ? server : issue('operator/box');

  test('members and operators read the status', async (t) => {
    const { listener } = await aMember(t, server);
    for (const caller of [peer, operator]) {
      const answer = await send(listener.port, caller, { method: 'GET', path: '/v1/status' });
      assert.equal(answer.status, 200);
      assert.deepEqual(JSON.parse(answer.body), aReport());
    }
  });

  test('a promise is asked for by a member, whose name is handed on', async (t) => {
    const callers: string[] = [];
    const { listener } = await aMember(t, server, {
      deps: {
        async promise(request, caller) {
          callers.push(caller);
          return aPromise({ epoch: request.epoch });
        },
      },
    });
    const answer = await send(listener.port, peer, { path: '/v1/promise', body });
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).epoch, 4);
    assert.deepEqual(callers, ['demo-1']);
  });

  for (const path of ['/v1/promise', '/v1/health']) {
    test(`an operator may not POST ${path}`, async (t) => {
      const member = await aMember(t, server);
      const answer = await send(member.listener.port, operator, { path, body: 'not even JSON' });
      assert.equal(answer.status, 403);
      assert.equal(answer.json().code, 'FORBIDDEN');
      assert.deepEqual(member.healths, []);
    });
  }

  test('a member reports its own health only', async (t) => {
    const { listener, healths } = await aMember(t, server);
    const own = JSON.stringify(aHealth({ member: 'demo-1' }));
    const other = JSON.stringify(aHealth({ member: 'demo-2' }));
    const path = '/v1/health';
    assert.equal((await send(listener.port, peer, { path, body: own })).status, 204);
    assert.equal((await send(listener.port, peer, { path, body: other })).status, 403);
    assert.deepEqual(healths, [{ health: aHealth({ member: 'demo-1' }), caller: 'demo-1' }]);
  });

  test('members and operators may switch over', async (t) => {
    const { listener } = await aMember(t, server);
    for (const caller of [peer, operator]) {
      const answer = await send(listener.port, caller, {
        path: '/v1/switchover',
        body: '{"to": null, "timeoutMs": 1000}',
      });
      assert.equal(JSON.parse(answer.body).writesShutMs, 12);
    }
  });

  test('a certificate that names nobody is refused everywhere', async (t) => {
    const { listener } = await aMember(t, server);
    for (const name of ['demo-1', 'member/', 'root/demo-1', 'member/demo-1/x']) {
      const answer = await send(listener.port, issue(name), { method: 'GET', path: '/v1/status' });
      assert.equal(answer.status, 403, name);
      assert.equal(
        (await send(listener.port, issue(name), { path: '/v1/x' })).status,
        403,
        'nor does it learn which paths there are',
      );
    }
  });

  test('without a certificate, or with one of another authority, the handshake fails', async (t) => {
    const { listener } = await aMember(t, server);
    const other = new Authority('another');
    t.after(() => other.remove());
    const stranger = { ...other.issue('member/demo-1'), caFile: server.caFile };
    const request = { method: 'GET', path: '/v1/status' };
    await assert.rejects(send(listener.port, { caFile: server.caFile }, request));
    await assert.rejects(send(listener.port, stranger, request));
  });

  test('TLS 1.2 is refused', async (t) => {
    const { listener } = await aMember(t, server);
    const request = { method: 'GET', path: '/v1/status', maxVersion: 'TLSv1.2' } as const;
    await assert.rejects(send(listener.port, peer, request));
  });

  test('a wrong body is answered with everything that is wrong in it', async (t) => {
    const { listener } = await aMember(t, server);
    const wrong = '{"epoch": -1, "clusterId": 7}';
    const answer = await send(listener.port, peer, { path: '/v1/promise', body: wrong });
    assert.equal(answer.status, 400);
    const { code, details } = answer.json();
    assert.equal(code, 'PROTOCOL');
    for (const field of ['epoch', 'clusterId', 'leaderTerm']) {
      assert.ok(
        details.some((line) => line.includes(field)),
        `${field} in ${JSON.stringify(details)}`,
      );
    }
  });

  for (const [what, garbage, headers] of [
    ['is not JSON', '{"secret-word', {}],
    ['is binary', Buffer.from([0xff, 0xfe, 0, 1]), {}],
    ['is null', 'null', {}],
    ['is empty', '', {}],
    ['has another type', body, { 'content-type': 'text/plain' }],
  ] as const) {
    test(`a body that ${what} is a 400 that does not repeat it`, async (t) => {
      const { listener } = await aMember(t, server);
      const request = { path: '/v1/promise', body: garbage, headers };
      const answer = await send(listener.port, peer, request);
      assert.equal(answer.status, 400);
      assert.ok(!answer.body.includes('secret-word'));
      assert.ok(Array.isArray(answer.json().details));
    });
  }

  test('a compressed body is refused', async (t) => {
    const { listener } = await aMember(t, server);
    const headers = { 'content-encoding': 'gzip' };
    const answer = await send(listener.port, peer, { path: '/v1/promise', body: 'x', headers });
    assert.equal(answer.status, 415);
  });

  test('a body over the limit is a 413, one just below is read', async (t) => {
    const { listener } = await aMember(t, server);
    const padded = (bytes: number) =>
      JSON.stringify({ ...A_PROMISE_REQUEST, pad: 'x'.repeat(bytes) });
    const path = '/v1/promise';
    const large = await send(listener.port, peer, { path, body: padded(BODY_LIMIT_BYTES) });
    assert.equal(large.status, 413);
    assert.equal(large.json().code, 'TOO_LARGE');
    const fits = await send(listener.port, peer, { path, body: padded(BODY_LIMIT_BYTES - 200) });
    assert.equal(fits.status, 200);
  });

  for (const [code, status] of [
    ['NOT_LEADER', 421],
    ['REFUSED', 409],
    ['TIMEOUT', 504],
    ['BROKEN', 500],
  ] as const) {
    test(`an error with code ${code} is a ${status} without a stack`, async (t) => {
      const error = Object.assign(new Error('it says why'), { code, leader: 'demo-2' });
      const { listener } = await aMember(t, server, {
        deps: { switchover: () => Promise.reject(error) },
      });
      const answer = await send(listener.port, operator, {
        path: '/v1/switchover',
        body: '{"to": "demo-1", "timeoutMs": 1000}',
      });
      assert.equal(answer.status, status);
      assert.deepEqual(answer.json(), { code, message: 'it says why', details: ['demo-2'] });
    });
  }

  test("another library's error is a 500 that keeps its words to the log", async (t) => {
    const lines: object[] = [];
    const log = { debug() {}, info() {}, warn: (fields: object) => lines.push(fields) };
    const error = Object.assign(new Error('password=hunter2'), { code: 'ER_X', errno: 1 });
    const { listener } = await aMember(t, server, {
      deps: { report: () => Promise.reject(error), log },
    });
    const answer = await send(listener.port, operator, { method: 'GET', path: '/v1/status' });
    assert.equal(answer.status, 500);
    assert.equal(answer.json().code, 'INTERNAL');
    assert.ok(!answer.body.includes('hunter2'));
    assert.equal(lines.length, 1);
  });

  for (const [method, path] of [
    ['GET', '/v1/promise'],
    ['POST', '/v1/nothing'],
    ['POST', '/v1/restart'],
    ['DELETE', '/v1/status'],
    ['GET', '/'],
  ] as const) {
    test(`${method} ${path} is not found`, async (t) => {
      const { listener } = await aMember(t, server);
      const answer = await send(listener.port, peer, { method, path });
      assert.equal(answer.status, 404);
      assert.equal(answer.json().code, 'NOT_FOUND');
    });
  }

  test('a restart is passed on where it is offered', async (t) => {
    let restarts = 0;
    const restart = async (): Promise<void> => {
      restarts += 1;
    };
    const { listener } = await aMember(t, server, { deps: { restart } });
    assert.equal((await send(listener.port, operator, { path: '/v1/restart' })).status, 204);
    assert.equal(restarts, 1);
  });

  test('a path that is no URL path is a 400', async (t) => {
    const { listener } = await aMember(t, server);
    const answer = await send(listener.port, peer, { method: 'GET', path: '/v1/%ff' });
    assert.ok([400, 404].includes(answer.status), String(answer.status));
  });
});
