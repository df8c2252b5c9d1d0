import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AccountsAnswer,
  type AccountsRequest,
  ProtocolError,
  parseAccountsAnswer,
  parseAccountsRequest,
} from '../src/agent-protocol.ts';

const owner = { name: 'shop/app', uid: '1' };

const requests: readonly AccountsRequest[] = [
  {
    kind: 'ensureAccount',
    owner,
    timeoutMs: 5_000,
    user: 'app',
    hosts: ['%'],
    password: 'secret-word',
    keepOldPasswordSeconds: 60,
    tls: { require: 'none', issuer: null, subject: null },
    limits: { queriesPerHour: 0, updatesPerHour: 0, connectionsPerHour: 0, userConnections: 0 },
    grants: [
      {
        privileges: ['SELECT'],
        schema: 'shop',
        table: 'orders',
        columns: ['id'],
        grantOption: false,
      },
    ],
  },
  { kind: 'releaseAccount', owner, timeoutMs: 1, policy: 'drop' },
  {
    kind: 'ensureSchema',
    owner,
    timeoutMs: 1,
    schema: 'shop',
    charset: 'utf8mb4',
    collation: null,
  },
  { kind: 'releaseSchema', owner, timeoutMs: 1, policy: 'retain' },
];

describe('the accounts of the agent protocol', () => {
  for (const request of requests) {
    it(`reads ${request.kind} as it was sent`, () => {
      assert.deepEqual(parseAccountsRequest(JSON.parse(JSON.stringify(request))), request);
    });
  }

  for (const garbage of [null, 1, 'x', [], {}, { kind: 'toString' }, { kind: 'dropEverything' }]) {
    it(`refuses ${JSON.stringify(garbage)} and names the kinds`, () => {
      assert.throws(() => parseAccountsRequest(garbage), /kind: must be one of ensureAccount/);
    });
  }

  it('lists everything that is wrong and repeats no password', () => {
    for (const password of [['secret-word'], { 'secret-word': 1 }, 4_711_4711]) {
      const wrong = { ...requests[0], password, hosts: '%', timeoutMs: 0, policy: 'secret-word' };
      try {
        parseAccountsRequest(wrong);
        assert.fail('it was let through');
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
        assert.deepEqual(error.problems.map(({ field }) => field).sort(), [
          'hosts',
          'password',
          'timeoutMs',
        ]);
        assert.doesNotMatch(error.message, /secret-word|4711/);
      }
    }
  });

  it('reads an answer as it was sent', () => {
    const answer: AccountsAnswer = {
      done: false,
      changes: ["CREATE USER 'app'@'%'"],
      problems: [{ code: 'WAITING', field: 'grants[0].table', message: 'no such table' }],
      oldPasswordUntilMs: 1_000,
    };
    assert.deepEqual(parseAccountsAnswer(JSON.parse(JSON.stringify(answer))), answer);
    assert.throws(() => parseAccountsAnswer({ ...answer, done: 'yes' }), ProtocolError);
  });
});
