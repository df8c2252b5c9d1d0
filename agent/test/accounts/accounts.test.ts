import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountsRequest } from '@radondb/api';
import { Accounts } from '../../src/accounts/accounts.ts';
import { AccountsTimeoutError, NotPrimaryError } from '../../src/accounts/errors.ts';
import type { WriteSession } from '../../src/accounts/observe.ts';

const NEVER = new AbortController().signal;
const DROP: AccountsRequest = {
  kind: 'releaseAccount',
  owner: { name: 'shop/app', uid: '1' },
  timeoutMs: 1_000,
  policy: 'drop',
};

type Write = <T>(options: object, work: (session: WriteSession) => Promise<T>) => Promise<T>;

const aService = (write: Write): Accounts =>
  new Accounts({
    write,
    ownUsers: ['radondb_agent'],
    clock: { monotonicMs: () => 0, unixMs: () => 0 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });

const withCode = (code: string, fields: object = {}) =>
  Object.assign(new Error(code), { code, ...fields });

describe('the accounts of a member', () => {
  it('no answer of mysqld is a timeout, after which one asks again', async () => {
    const accounts = aService(() => Promise.reject(withCode('MYSQL_UNREACHABLE')));
    await assert.rejects(accounts.apply(DROP, NEVER), AccountsTimeoutError);
  });

  it('a server that became read-only is no primary', async () => {
    const readOnly = withCode('MYSQL_STATEMENT', { errno: 1290 });
    const accounts = aService((_options, work) =>
      work({
        rows: async (sql) => {
          if (sql.includes('partial_revokes')) return [{ lower_case: 0, partial_revokes: 1 }];
          return sql.includes('mysql.user')
            ? [{ User: 'a', Host: '%', User_attributes: { metadata: { radondb: MARK } } }]
            : [];
        },
        execute: () => Promise.reject(readOnly),
      }),
    );
    await assert.rejects(accounts.apply(DROP, NEVER), NotPrimaryError);
  });

  for (const errno of [1205, 1213, 1317]) {
    it(`error ${errno} says nothing of the statement: it is said again later`, async () => {
      const accounts = aService((_options, work) =>
        work({
          rows: async (sql) => {
            if (sql.includes('partial_revokes')) return [{ lower_case: 0, partial_revokes: 1 }];
            return sql.includes('mysql.user')
              ? [{ User: 'a', Host: '%', User_attributes: { metadata: { radondb: MARK } } }]
              : [];
          },
          execute: () => Promise.reject(withCode('MYSQL_STATEMENT', { errno })),
        }),
      );
      await assert.rejects(accounts.apply(DROP, NEVER), AccountsTimeoutError);
    });
  }

  it('nothing is said while those who acknowledge are away', async () => {
    const said: string[] = [];
    const accounts = aService((_options, work) =>
      work({
        rows: async (sql) => {
          if (sql.includes('partial_revokes')) return [{ lower_case: 0, partial_revokes: 1 }];
          if (sql.includes('semi_sync')) return [{ enabled: 1, wanted: 2, connected: '1' }];
          return sql.includes('mysql.user')
            ? [{ User: 'a', Host: '%', User_attributes: { metadata: { radondb: MARK } } }]
            : [];
        },
        execute: async (sql) => said.push(sql),
      }),
    );
    await assert.rejects(accounts.apply(DROP, NEVER), { code: 'TIMEOUT', message: /1 of 2/u });
    assert.deepEqual(said, []);
  });

  it('without partial_revokes nothing is granted at all', async () => {
    const said: string[] = [];
    const accounts = aService((_options, work) =>
      work({
        rows: async () => [{ lower_case: 0, partial_revokes: 0 }],
        execute: async (sql) => said.push(sql),
      }),
    );
    const answer = await accounts.apply(DROP, NEVER);
    assert.equal(answer.done, false);
    assert.match(answer.problems[0]?.message ?? '', /partial_revokes=OFF/u);
    assert.deepEqual(said, []);
  });

  it('gives up on an account that something else keeps changing', async () => {
    let said = 0;
    const accounts = aService((_options, work) =>
      work({
        rows: async (sql) => {
          if (sql.includes('partial_revokes')) return [{ lower_case: 0, partial_revokes: 1 }];
          return sql.includes('mysql.user')
            ? [{ User: 'a', Host: '%', User_attributes: { metadata: { radondb: MARK } } }]
            : [];
        },
        execute: async () => {
          said += 1;
        },
      }),
    );
    const answer = await accounts.apply(DROP, NEVER);
    assert.equal(answer.done, false);
    assert.match(answer.problems.at(-1)?.message ?? '', /do not stay as they are set/u);
    assert.ok(said < 10);
  });

  it('one request at a time', async () => {
    let under = 0;
    let most = 0;
    const accounts = aService(async (_options, work) => {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setImmediate(resolve));
      under -= 1;
      return await work({
        rows: async (sql) =>
          sql.includes('partial_revokes') ? [{ lower_case: 0, partial_revokes: 1 }] : [],
        execute: async () => undefined,
      });
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => accounts.apply(DROP, NEVER)));
    assert.ok(answers.every(({ done }) => done));
    assert.equal(most, 1);
  });

  it('whoever went away while waiting is not served', async () => {
    const accounts = aService(() => Promise.reject(new Error('it was asked')));
    await assert.rejects(accounts.apply(DROP, AbortSignal.abort(new Error('gone'))), /gone/u);
  });
});

const MARK = { owner: 'shop/app', uid: '1' };
