import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type ObservedWithPassword,
  oldPasswordUntil,
  planAccounts,
  planRelease,
} from '../../src/accounts/plan-account.ts';
import { renderStatement } from '../../src/accounts/render.ts';
import type { AccountMark, DesiredAccount, Grant, Plan } from '../../src/accounts/types.ts';

const OWNER = { name: 'shop/app', uid: 'uid-1' };
const NO_LIMITS = {
  queriesPerHour: 0,
  updatesPerHour: 0,
  connectionsPerHour: 0,
  userConnections: 0,
};
const NO_TLS = { require: 'none', issuer: null, subject: null } as const;
const NOW_MS = 1_000_000;

const aDesired = (fields: Partial<DesiredAccount> = {}): DesiredAccount => ({
  name: { user: 'app', host: '%' },
  owner: OWNER,
  password: 'hunter2hunter2',
  fingerprint: 'salt:key',
  keepOldPasswordMs: 60_000,
  tls: NO_TLS,
  limits: NO_LIMITS,
  grants: [],
  ...fields,
});

const aMark = (fields: Partial<AccountMark> = {}): AccountMark => ({
  owner: OWNER.name,
  uid: OWNER.uid,
  retained: false,
  fingerprint: 'salt:key',
  stored: 'digest',
  rotatedAtMs: null,
  ...fields,
});

const anObserved = (fields: Partial<ObservedWithPassword> = {}): ObservedWithPassword => ({
  name: { user: 'app', host: '%' },
  mark: aMark(),
  plugin: 'caching_sha2_password',
  stored: 'digest',
  expired: false,
  locked: false,
  hasOldPassword: false,
  isDeclaredPassword: true,
  tls: NO_TLS,
  limits: NO_LIMITS,
  grants: [],
  ...fields,
});

const said = ({ statements }: Plan): readonly string[] =>
  statements.map((statement) => renderStatement(statement, 'masked'));
const plan = (desired: DesiredAccount, ...observed: readonly ObservedWithPassword[]) =>
  said(planAccounts(OWNER, [desired], observed, NOW_MS));

const grant = (schema: string, privilege: string): Grant => ({
  scope: { kind: 'schema', schema },
  privilege,
  column: null,
});
const global = (privilege: string): Grant => ({
  scope: { kind: 'global' },
  privilege,
  column: null,
});
const restriction = (schema: string, privilege: string): Grant => ({
  scope: { kind: 'restriction', schema },
  privilege,
  column: null,
});

describe('the plan for an account', () => {
  it('is empty when nothing differs', () => {
    assert.deepEqual(plan(aDesired(), anObserved()), []);
  });

  it('a new account is locked until it has its grants and restrictions', () => {
    const grants = [global('SELECT'), restriction('mysql', 'SELECT'), grant('shop', 'INSERT')];
    assert.deepEqual(plan(aDesired({ grants })), [
      "CREATE USER 'app'@'%' IDENTIFIED WITH caching_sha2_password BY '<secret>' REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 0 " +
        'MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER ACCOUNT LOCK ATTRIBUTE ' +
        '\'{\\"radondb\\":{\\"owner\\":\\"shop/app\\",\\"uid\\":\\"uid-1\\",\\"fingerprint\\":\\"<secret>\\"}}\'',
      "GRANT SELECT ON *.* TO 'app'@'%'",
      "REVOKE SELECT ON `mysql`.* FROM 'app'@'%'",
      "GRANT INSERT ON `shop`.* TO 'app'@'%'",
      "ALTER USER 'app'@'%' ACCOUNT UNLOCK",
    ]);
  });

  it('an account that gets a global privilege is locked meanwhile', () => {
    const grants = [global('SELECT'), restriction('mysql', 'SELECT')];
    assert.deepEqual(plan(aDesired({ grants }), anObserved()), [
      "ALTER USER 'app'@'%' ACCOUNT LOCK",
      "GRANT SELECT ON *.* TO 'app'@'%'",
      "REVOKE SELECT ON `mysql`.* FROM 'app'@'%'",
      "ALTER USER 'app'@'%' ACCOUNT UNLOCK",
    ]);
  });

  it('gives before it takes, so that what moves is never missing', () => {
    assert.deepEqual(
      plan(
        aDesired({ grants: [grant('shop', 'SELECT')] }),
        anObserved({
          grants: [global('SELECT'), restriction('mysql', 'SELECT'), grant('old', 'INSERT')],
        }),
      ),
      [
        "GRANT SELECT ON `shop`.* TO 'app'@'%'",
        "REVOKE SELECT ON *.* FROM 'app'@'%'",
        "REVOKE INSERT ON `old`.* FROM 'app'@'%'",
      ],
    );
  });

  it('the grant option is given and taken alone', () => {
    const option = grant('shop', 'GRANT OPTION');
    const select = grant('shop', 'SELECT');
    assert.deepEqual(
      plan(aDesired({ grants: [select, option] }), anObserved({ grants: [select] })),
      ["GRANT USAGE ON `shop`.* TO 'app'@'%' WITH GRANT OPTION"],
    );
    assert.deepEqual(
      plan(aDesired({ grants: [select] }), anObserved({ grants: [select, option] })),
      ["REVOKE GRANT OPTION ON `shop`.* FROM 'app'@'%'"],
    );
  });

  it('a rotation keeps the former password, in one statement with its fingerprint', () => {
    const [statement, ...more] = plan(
      aDesired({ fingerprint: 'another' }),
      anObserved({ isDeclaredPassword: false }),
    );
    assert.match(statement ?? '', /RETAIN CURRENT PASSWORD .*fingerprint.*rotatedAtMs.*1000000/u);
    assert.deepEqual(more, []);
  });

  for (const [what, fields] of [
    ['nothing is to be kept', {}],
    ['somebody else had changed it', { stored: 'another digest' }],
    ['it has expired', { expired: true }],
    ['it is of another plugin', { plugin: 'sha256_password' }],
    ['none was ever declared', { mark: aMark({ fingerprint: null }) }],
  ] as const) {
    it(`the former password is not kept when ${what}`, () => {
      const desired = aDesired(what === 'nothing is to be kept' ? { keepOldPasswordMs: 0 } : {});
      const text = plan(desired, anObserved({ isDeclaredPassword: false, ...fields })).join('\n');
      assert.match(text, /IDENTIFIED WITH caching_sha2_password/u);
      assert.doesNotMatch(text, /RETAIN/u);
    });
  }

  for (const [what, rotatedAtMs, isOver] of [
    ['before its time', NOW_MS - 59_999, false],
    ['at its time', NOW_MS - 60_000, true],
    ['when nobody knows since when', null, true],
    ['when the clock was set back by a day', NOW_MS + 86_400_000, true],
  ] as const) {
    it(`the former password ${isOver ? 'ends' : 'stays'} ${what}`, () => {
      const observed = anObserved({ hasOldPassword: true, mark: aMark({ rotatedAtMs }) });
      assert.deepEqual(
        plan(aDesired(), observed),
        isOver ? ["ALTER USER 'app'@'%' DISCARD OLD PASSWORD"] : [],
      );
      const until = (rotatedAtMs ?? 0) + 60_000;
      assert.equal(oldPasswordUntil([aDesired()], [observed]), until);
    });
  }

  for (const [whose, mark, pattern] of [
    ['nobody', null, /was not made by the operator/u],
    ['another object', aMark({ owner: 'other/app' }), /declared by other\/app/u],
    [
      'an object that has gone',
      aMark({ owner: 'other/app', retained: true }),
      /kept when other\/app was deleted/u,
    ],
  ] as const) {
    it(`an account of ${whose} is a conflict: nothing at all is said`, () => {
      const desired = [aDesired(), aDesired({ name: { user: 'app', host: '10.0.0.1' } })];
      const { statements, problems } = planAccounts(OWNER, desired, [anObserved({ mark })], NOW_MS);
      assert.deepEqual(statements, []);
      assert.equal(problems[0]?.code, 'CONFLICT');
      assert.match(problems[0]?.message ?? '', pattern);
    });
  }

  it('an object that was made anew under its name has its accounts back', () => {
    const mark = aMark({ uid: 'of-before', retained: true });
    const [statement] = plan(aDesired(), anObserved({ mark }));
    assert.match(statement ?? '', /uid-1.*retained\\":null/u);
  });

  it('drops its accounts that are no longer declared, and no others', () => {
    const observed = [
      anObserved(),
      anObserved({ name: { user: 'app', host: '10.0.0.1' } }),
      anObserved({ name: { user: 'app', host: '10.0.0.2' }, mark: null }),
      anObserved({ name: { user: 'app', host: '10.0.0.3' }, mark: aMark({ uid: 'of-before' }) }),
    ];
    assert.deepEqual(plan(aDesired(), ...observed), ["DROP USER 'app'@'10.0.0.1'"]);
  });

  it('a release drops or keeps what carries the uid, and nothing else', () => {
    const observed = [
      anObserved(),
      anObserved({ mark: null }),
      anObserved({ mark: aMark({ uid: 'x' }) }),
    ];
    assert.deepEqual(said(planRelease(OWNER, 'drop', observed)), ["DROP USER 'app'@'%'"]);
    assert.equal(said(planRelease(OWNER, 'retain', observed)).length, 1);
    const kept = [anObserved({ mark: aMark({ retained: true }) })];
    assert.deepEqual(said(planRelease(OWNER, 'retain', kept)), []);
  });
});

describe('statements', () => {
  it('no password and no fingerprint stands in what is shown', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (password) => {
        const texts = [
          ...plan(aDesired({ password, fingerprint: password })),
          ...plan(
            aDesired({ password, fingerprint: password }),
            anObserved({ isDeclaredPassword: false }),
          ),
        ];
        const bare = texts.join('\n').replaceAll('<secret>', '');
        assert.ok(!bare.includes(`BY '${password}`));
        assert.ok(!bare.includes(JSON.stringify(password)));
      }),
    );
  });

  it('names and values stay within their quotes, whatever they hold', () => {
    const withoutLiterals = (sql: string): string =>
      sql.replaceAll(/'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`/gsu, (it) =>
        it.startsWith('`') ? '#' : '?',
      );
    const usual = withoutLiterals(shownPlan('a', 'b', 'c'));
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (user, schema, password) => {
        assert.equal(withoutLiterals(shownPlan(user, schema, password)), usual);
      }),
    );
  });
});

function shownPlan(user: string, schema: string, password: string): string {
  const desired = aDesired({
    name: { user, host: user },
    password,
    grants: [
      grant(schema, 'SELECT'),
      { scope: { kind: 'table', schema, table: schema }, privilege: 'SELECT', column: schema },
    ],
    tls: { require: 'x509', issuer: user, subject: password },
  });
  return planAccounts(OWNER, [desired], [], NOW_MS)
    .statements.map((statement) => renderStatement(statement, 'shown'))
    .join('\n');
}
