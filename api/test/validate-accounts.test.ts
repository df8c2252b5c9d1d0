import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FORBIDDEN_PRIVILEGES } from '../src/v1/privileges.ts';
import { validateMysqlDatabase } from '../src/validate/mysql-database.ts';
import { validateMysqlUser } from '../src/validate/mysql-user.ts';
import { aDatabase, aUser } from './builders.ts';

const grants = (...list: readonly unknown[]): unknown => ({
  ...aUser(),
  spec: { ...aUser().spec, grants: list },
});
const hosts = (...list: readonly unknown[]): unknown => ({
  ...aUser(),
  spec: { ...aUser().spec, hosts: list },
});
const findings = (value: unknown): readonly string[] =>
  validateMysqlUser(value).problems.map(({ field, message }) => `${field} ${message}`);

describe('an account', () => {
  it('that is good is given back as it was', () => {
    const user = aUser({ hosts: ['10.0.%'], grants: [{ privileges: ['ALL'], schema: 'app' }] });
    assert.deepEqual(validateMysqlUser(user), { value: user, problems: [], warnings: [] });
  });

  it('is never given a privilege that leads past the fence, and hears why', () => {
    for (const [privilege, why] of FORBIDDEN_PRIVILEGES) {
      assert.deepEqual(findings(grants({ privileges: [privilege], schema: '*' })), [
        `spec.grants[0].privileges[0] ${privilege} is never granted, because it ${why}: remove it`,
      ]);
    }
  });

  it('is told the privilege that was meant, or what to write instead', () => {
    const tell = (privilege: string): string =>
      findings(grants({ privileges: [privilege], schema: '*' })).join();
    assert.match(tell('SELCT'), /did you mean SELECT\?/);
    assert.match(tell('GRANT OPTION'), /withGrantOption: true/);
    assert.match(tell('ALL PRIVILEGES'), /write ALL$/);
    assert.match(tell('USAGE'), /grants nothing/);
    assert.match(tell('XYZZY'), /remove it/);
  });

  it('is given in each place what can be granted there', () => {
    const place = { schema: 'app', table: 't' };
    assert.deepEqual(findings(grants({ privileges: ['SELECT', 'TRIGGER'], ...place })), []);
    assert.match(findings(grants({ privileges: ['EVENT'], ...place })).join(), /on a table; these/);
    assert.match(
      findings(grants({ privileges: ['PROCESS'], schema: 'app' })).join(),
      /PROCESS cannot be granted on a schema; these can: SELECT/,
    );
    assert.deepEqual(findings(grants({ privileges: ['PROCESS', 'SELECT'], schema: '*' })), []);
  });

  it('hears of two grants in one place that differ about handing on', () => {
    const [finding, ...others] = findings(
      grants(
        { privileges: ['SELECT'], schema: 'app' },
        { privileges: ['INSERT'], schema: 'app', table: 't' },
        { privileges: ['INSERT'], schema: 'app', withGrantOption: true },
      ),
    );
    assert.match(finding ?? '', /^spec\.grants\[2\]\.withGrantOption differs/);
    assert.deepEqual(others, []);
  });

  it('has hosts that a server can match', () => {
    for (const good of [
      '%',
      '10.0.0.1',
      '10.0.%',
      '192.168.1._',
      '::1',
      'fe80::1:2',
      '10.0.0.0/8',
    ]) {
      assert.deepEqual(findings(hosts(good)), [], good);
    }
    const bad = ['localhost', '10.0.0.256', '10.0.0', '10.0.0.0/33', '10.0.%/8', ':::1', '', "'%'"];
    for (const host of [...bad, '1:2:3:4:5:6:7:8:9', 'a b']) {
      assert.equal(findings(hosts(host)).length > 0, true, host);
    }
  });

  it('hears of everything at once', () => {
    const value = {
      ...aUser(),
      spec: {
        ...aUser().spec,
        user: 'root',
        hosts: ['10.0.0.999'],
        tls: { require: 'none', subject: '/CN=app' },
        grants: [{ privileges: ['SUPER', 'FILE'], schema: '*' }],
      },
    };
    assert.deepEqual(
      validateMysqlUser(value).problems.map(({ field }) => field),
      [
        'spec.user',
        'spec.hosts[0]',
        'spec.grants[0].privileges[0]',
        'spec.grants[0].privileges[1]',
        'spec.tls.require',
      ],
    );
  });

  it('cannot be called what only an object can', () => {
    const dotted = { ...aUser(), metadata: { name: 'a.b' } };
    assert.deepEqual(validateMysqlUser(dotted).problems, []);
    const long = { ...aUser(), metadata: { name: 'x'.repeat(40) } };
    assert.match(findings(long).join(), /spec\.user must be 1 to 32/);
  });

  it('may be anything at all: nothing is thrown', () => {
    for (const value of [null, 1, [], {}, { spec: null }, { kind: 'MysqlUser', spec: [] }]) {
      assert.ok(validateMysqlUser(value).problems.length > 0);
      assert.ok(validateMysqlDatabase(value).problems.length > 0);
    }
  });
});

describe('a schema', () => {
  it('has a collation of its character set', () => {
    assert.deepEqual(validateMysqlDatabase(aDatabase({ collation: 'utf8mb4_bin' })).problems, []);
    const [problem] = validateMysqlDatabase(aDatabase({ collation: 'utf8mb3_bin' })).problems;
    assert.match(problem?.message ?? '', /must be a collation of utf8mb4/);
  });

  it('with a character set that nearly exists hears which one does', () => {
    const value = { ...aDatabase(), spec: { ...aDatabase().spec, characterSet: 'utf8mb5' } };
    const [problem] = validateMysqlDatabase(value).problems;
    assert.match(problem?.message ?? '', /did you mean "utf8mb[34]"\?/);
  });
});
