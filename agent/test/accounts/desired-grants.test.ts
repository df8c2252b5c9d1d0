import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountGrant } from '@radondb/api';
import { FORBIDDEN_PRIVILEGES, SCHEMA_PRIVILEGES } from '@radondb/api/v1/privileges';
import { desiredGrants } from '../../src/accounts/desired-grants.ts';

const aGrant = (fields: Partial<AccountGrant> = {}): AccountGrant => ({
  privileges: ['SELECT'],
  schema: 'shop',
  table: null,
  columns: [],
  grantOption: false,
  ...fields,
});

const fieldsOf = (...grants: readonly AccountGrant[]): readonly string[] =>
  desiredGrants(grants).problems.map(({ field }) => field);

const wordsOf = (...grants: readonly AccountGrant[]): readonly string[] =>
  desiredGrants(grants).grants.map(({ scope, privilege, column }) =>
    [scope.kind, 'schema' in scope ? scope.schema : '', privilege, column ?? ''].join(' ').trim(),
  );

describe('the grants that a request wants', () => {
  it('are single ones, each once', () => {
    assert.deepEqual(
      wordsOf(
        aGrant({ privileges: ['SELECT', 'INSERT'], grantOption: true }),
        aGrant({ grantOption: true }),
        aGrant({ table: 't', columns: ['a', 'b'] }),
      ),
      [
        'schema shop SELECT',
        'schema shop INSERT',
        'schema shop GRANT OPTION',
        'table shop SELECT a',
        'table shop SELECT b',
      ],
    );
  });

  it('on * come with what they do not reach; dynamic ones need none', () => {
    assert.deepEqual(wordsOf(aGrant({ schema: '*', privileges: ['SELECT', 'INSERT'] })), [
      'global  SELECT',
      'global  INSERT',
      'restriction mysql SELECT',
      'restriction radondb SELECT',
      'restriction mysql INSERT',
      'restriction radondb INSERT',
      'restriction sys INSERT',
    ]);
    assert.deepEqual(wordsOf(aGrant({ schema: '*', privileges: ['PROCESS', 'FLUSH_TABLES'] })), [
      'global  PROCESS',
      'dynamic  FLUSH_TABLES',
    ]);
  });

  it('ALL is everything that can be granted there, and nothing that is unsafe', () => {
    const all = desiredGrants([aGrant({ schema: '*', privileges: ['ALL'] })]);
    assert.deepEqual(all.problems, []);
    const names = all.grants.map(({ privilege }) => privilege);
    for (const unsafe of FORBIDDEN_PRIVILEGES.keys()) assert.ok(!names.includes(unsafe), unsafe);
    for (const name of SCHEMA_PRIVILEGES) assert.ok(names.includes(name), name);
    assert.ok(
      !wordsOf(aGrant({ table: 't', privileges: ['ALL'] }))
        .join()
        .includes('EVENT'),
    );
  });

  for (const privilege of FORBIDDEN_PRIVILEGES.keys()) {
    it(`${privilege} is refused, with the reason`, () => {
      const [problem] = desiredGrants([aGrant({ schema: '*', privileges: [privilege] })]).problems;
      assert.equal(problem?.code, 'REFUSED');
      assert.match(problem?.message ?? '', /is never granted: it /u);
    });
  }

  for (const [what, grant, field] of [
    ['no privilege', { privileges: [] }, 'grants[0].privileges'],
    ['an unknown privilege', { privileges: ['SELEC'] }, 'grants[0].privileges[0]'],
    ['SQL for a privilege', { privileges: ['SELECT ON *.* TO x'] }, 'grants[0].privileges[0]'],
    ['GRANT OPTION by name', { privileges: ['GRANT OPTION'] }, 'grants[0].privileges[0]'],
    [
      'a column privilege that columns lack',
      { table: 't', columns: ['c'], privileges: ['DELETE'] },
      'grants[0].privileges[0]',
    ],
    [
      'a schema privilege on a table',
      { table: 't', privileges: ['EVENT'] },
      'grants[0].privileges[0]',
    ],
    ['a global privilege on a schema', { privileges: ['PROCESS'] }, 'grants[0].privileges[0]'],
    ['the schema of accounts', { schema: 'mysql', privileges: ['ALL'] }, 'grants[0].privileges[0]'],
    ['it in capitals', { schema: 'MYSQL' }, 'grants[0].privileges[0]'],
    ["the operator's schema", { schema: 'radondb' }, 'grants[0].privileges[0]'],
    ['writing to sys', { schema: 'sys', privileges: ['INSERT'] }, 'grants[0].privileges[0]'],
    ['a table of *', { schema: '*', table: 't' }, 'grants[0].table'],
    ['columns without a table', { columns: ['c'] }, 'grants[0].columns'],
    ['a backslash', { schema: 'a\\_b' }, 'grants[0].schema'],
    ['an empty table', { table: '' }, 'grants[0].table'],
    ['a line break in a column', { table: 't', columns: ['a\nb'] }, 'grants[0].columns[0]'],
  ] as const) {
    it(`${what} is refused by name`, () => {
      assert.deepEqual(fieldsOf(aGrant(grant)), [field]);
    });
  }

  it('two that differ about the grant option on the same cannot both be true', () => {
    const [one, other] = [aGrant(), aGrant({ privileges: ['INSERT'], grantOption: true })];
    assert.deepEqual(fieldsOf(one, other), ['grants[1].grantOption']);
    assert.deepEqual(fieldsOf(one, { ...other, table: 't' }), []);
  });
});
