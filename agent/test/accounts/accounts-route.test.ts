import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { AccountsAnswer, AccountsRequest } from '@radondb/api';
import { AccountsTimeoutError, NotPrimaryError } from '../../src/accounts/errors.ts';
import { aMember } from '../http/a-member.ts';
import { Authority, NO_OPENSSL } from '../http/certificates.ts';
import { send } from '../http/raw-request.ts';

const REQUEST: AccountsRequest = {
  kind: 'releaseAccount',
  owner: { name: 'shop/app', uid: '1' },
  timeoutMs: 1_000,
  policy: 'drop',
};
const ANSWER: AccountsAnswer = {
  done: true,
  changes: ["DROP USER 'app'@'%'"],
  problems: [],
  oldPasswordUntilMs: null,
};
const path = '/v1/accounts';
const body = JSON.stringify(REQUEST);

describe('POST /v1/accounts', { skip: NO_OPENSSL }, () => {
  const authority = NO_OPENSSL ? null : new Authority();
  after(() => authority?.remove());
  const issue = (name: string) => (authority as Authority).issue(name);
  const server = NO_OPENSSL ? { caFile: '', certFile: '', keyFile: '' } : issue('member/demo-0');
  const operator = NO_OPENSSL ? server : issue('operator/controller');

  it('hands an operator on what was done', async (t) => {
    const asked: AccountsRequest[] = [];
    const accounts = async (request: AccountsRequest) => {
      asked.push(request);
      return ANSWER;
    };
    const { listener } = await aMember(t, server, { deps: { accounts } });
    const answer = await send(listener.port, operator, { path, body });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), ANSWER);
    assert.deepEqual(asked, [REQUEST]);
  });

  it('a member may not: it has no business with accounts', async (t) => {
    const accounts = () => Promise.reject(new Error('it was called'));
    const { listener } = await aMember(t, server, { deps: { accounts } });
    const answer = await send(listener.port, issue('member/demo-1'), { path, body });
    assert.equal(answer.status, 403);
  });

  it('what is no request is refused, and the password not repeated', async (t) => {
    const { listener } = await aMember(t, server, { deps: { accounts: async () => ANSWER } });
    for (const wrong of [
      '{"kind": "ensureAccount", "password": ["secret-word"]}',
      '{"kind": "secret-word"}',
      'secret-word',
    ]) {
      const answer = await send(listener.port, operator, { path, body: wrong });
      assert.equal(answer.status, 400);
      assert.doesNotMatch(answer.body, /secret-word/u);
    }
  });

  for (const [error, status, code, details] of [
    [new NotPrimaryError('demo-2'), 421, 'NOT_PRIMARY', ['demo-2']],
    [new NotPrimaryError(null), 421, 'NOT_PRIMARY', []],
    [new AccountsTimeoutError(), 504, 'TIMEOUT', []],
  ] as const) {
    it(`${code} is a ${status}`, async (t) => {
      const accounts = () => Promise.reject(error);
      const { listener } = await aMember(t, server, { deps: { accounts } });
      const answer = await send(listener.port, operator, { path, body });
      assert.equal(answer.status, status);
      assert.equal(answer.json().code, code);
      assert.deepEqual(answer.json().details, details);
    });
  }

  it('where it is not offered it is not found', async (t) => {
    const { listener } = await aMember(t, server);
    assert.equal((await send(listener.port, operator, { path, body })).status, 404);
  });
});
