import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import { Accounts } from '@radondb/agent/accounts/accounts';
import type { AccountsAnswer, AccountsRequest, EnsureAccountRequest } from '@radondb/api';
import fc from 'fast-check';
import mysql, { type Connection } from 'mysql2/promise';
import {
  eventually,
  findRealMysqld,
  type MysqldSandbox,
  NEVER,
  openMysqldSandbox,
  type SandboxMember,
} from '../support/mysqld-sandbox.ts';

const found = await findRealMysqld();
const skip = 'reason' in found ? found.reason : false;

const OWNER = { name: 'shop/app', uid: 'uid-1' };

const anAccount = (fields: Partial<EnsureAccountRequest> = {}): EnsureAccountRequest => ({
  kind: 'ensureAccount',
  owner: OWNER,
  timeoutMs: 20_000,
  user: 'writer',
  hosts: ['%'],
  password: 'a first password',
  keepOldPasswordSeconds: 0,
  tls: { require: 'none', issuer: null, subject: null },
  limits: { queriesPerHour: 0, updatesPerHour: 0, connectionsPerHour: 0, userConnections: 0 },
  grants: [],
  ...fields,
});

const aGrant = (
  on: string,
  privileges: readonly string[],
  columns: readonly string[] = [],
  grantOption = false,
): EnsureAccountRequest['grants'][number] => {
  const [schema = '', table = null] = on.split('.');
  return { privileges, schema, table: table ?? null, columns, grantOption };
};

describe('accounts and schemas on a real server', { skip }, () => {
  let sandbox: MysqldSandbox;
  let primary: SandboxMember;
  let replica: SandboxMember;
  let root: Connection;
  let nowMs = 1_000_000;
  const logged: object[] = [];
  const log = {
    debug: () => {},
    info: (fields: object) => logged.push(fields),
    warn: () => {},
    error: () => {},
  };
  const accountsOf = (member: SandboxMember): Accounts =>
    new Accounts({
      write: (options, work) => member.server.sql.write(options, work),
      ownUsers: [sandbox.credentials.agent.user, sandbox.credentials.replication.user],
      clock: { monotonicMs: () => performance.now(), unixMs: () => nowMs },
      log,
    });
  const apply = async (request: AccountsRequest): Promise<AccountsAnswer> =>
    await accountsOf(primary).apply(request, NEVER);
  /** Done, and a second time there is nothing to do. */
  const settle = async (request: AccountsRequest): Promise<AccountsAnswer> => {
    const answer = await apply(request);
    assert.deepEqual(answer.problems, []);
    assert.equal(answer.done, true);
    const again = await apply(request);
    assert.deepEqual(again.changes, []);
    assert.equal(again.done, true);
    return answer;
  };
  const query = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const [rows] = await root.query<mysql.RowDataPacket[]>(sql);
    return rows;
  };
  const grantsFor = async (account: string): Promise<readonly string[]> =>
    (await query(`SHOW GRANTS FOR ${account}`)).flatMap((row) => Object.values(row).map(String));
  const usersNamed = async (user: string): Promise<readonly string[]> =>
    (await query(`SELECT Host FROM mysql.user WHERE User = ${mysql.escape(user)}`)).map((row) =>
      String(row['Host']),
    );

  before(async () => {
    assert.ok('installation' in found);
    sandbox = await openMysqldSandbox(found.installation);
    [primary, replica] = (await sandbox.cluster(['primary', 'replica'])) as [
      SandboxMember,
      SandboxMember,
    ];
    const { agent } = sandbox.credentials;
    root = await mysql.createConnection({ ...primary.config.listen.admin, ...agent });
    await root.query('CREATE SCHEMA a_b');
    await root.query('CREATE SCHEMA axb');
    await root.query('CREATE TABLE a_b.t (id INT PRIMARY KEY, secret TEXT)');
    await root.query("INSERT INTO a_b.t VALUES (1, 'x')");
    await root.query('CREATE TABLE axb.t (id INT PRIMARY KEY)');
  });
  after(async () => {
    root?.destroy();
    await sandbox?.close();
  });
  afterEach(async () => {
    await apply({ kind: 'releaseAccount', owner: OWNER, timeoutMs: 20_000, policy: 'drop' });
    await apply({ kind: 'releaseSchema', owner: OWNER, timeoutMs: 20_000, policy: 'drop' });
  });

  it('creates an account that can log in, on every host that is declared, and on replicas', async () => {
    await settle(anAccount({ hosts: ['127.0.0.1', '10.0.0.0/255.255.0.0'] }));
    assert.deepEqual([...(await usersNamed('writer'))].sort(), [
      '10.0.0.0/255.255.0.0',
      '127.0.0.1',
    ]);
    await primary.client('writer', 'a first password');
    const executed = (await primary.server.sql.content()).executed;
    assert.ok(
      await replica.server.sql.waitExecuted(executed, { deadlineMs: 20_000, signal: NEVER }),
    );
    await replica.server.sql.letReadersIn();
    await replica.client('writer', 'a first password');
  });

  it('drops the hosts that are no longer declared', async () => {
    await settle(anAccount({ hosts: ['127.0.0.1', '%'] }));
    await settle(anAccount({ hosts: ['127.0.0.1'] }));
    assert.deepEqual(await usersNamed('writer'), ['127.0.0.1']);
  });

  it('grants grow and shrink: what is no longer declared is revoked, exactly', async () => {
    await settle(
      anAccount({
        grants: [
          aGrant('a_b', ['SELECT', 'INSERT', 'SHOW VIEW'], [], true),
          aGrant('axb.t', ['DELETE']),
          aGrant('*', ['PROCESS', 'FLUSH_TABLES']),
        ],
      }),
    );
    await settle(
      anAccount({
        grants: [aGrant('a_b', ['SELECT']), aGrant('a_b.t', ['UPDATE'], ['secret', 'id'])],
      }),
    );
    assert.deepEqual(await grantsFor("writer@'%'"), [
      'GRANT USAGE ON *.* TO `writer`@`%`',
      'GRANT SELECT ON `a_b`.* TO `writer`@`%`',
      'GRANT UPDATE (`id`, `secret`) ON `a_b`.`t` TO `writer`@`%`',
    ]);
    await settle(anAccount());
    assert.deepEqual(await grantsFor("writer@'%'"), ['GRANT USAGE ON *.* TO `writer`@`%`']);
  });

  it('a schema is taken literally: _ is no wildcard, and the grant reaches it', async () => {
    await settle(anAccount({ grants: [aGrant('a_b', ['SELECT'])] }));
    const client = await primary.client('writer', 'a first password');
    await client.query('SELECT * FROM a_b.t');
    await assert.rejects(client.query('SELECT * FROM axb.t'), { errno: 1142 });
  });

  it('columns: what is not granted cannot be read', async () => {
    await settle(anAccount({ grants: [aGrant('a_b.t', ['SELECT'], ['id'])] }));
    const client = await primary.client('writer', 'a first password');
    await client.query('SELECT id FROM a_b.t');
    await assert.rejects(client.query('SELECT secret FROM a_b.t'), { errno: 1143 });
  });

  it('* reaches neither the tables of accounts nor those of the operator', async () => {
    await settle(anAccount({ grants: [aGrant('*', ['ALL'], [], true)] }));
    const client = await primary.client('writer', 'a first password');
    await client.query('SELECT * FROM a_b.t');
    await client.query('SELECT * FROM sys.version');
    for (const statement of [
      'SELECT * FROM mysql.user',
      'UPDATE mysql.user SET Super_priv = 1',
      'SELECT * FROM radondb.epoch',
      'DROP SCHEMA sys',
      'GRANT SUPER ON *.* TO CURRENT_USER()',
      'SET GLOBAL super_read_only = OFF',
      'GRANT SELECT ON mysql.* TO CURRENT_USER()',
    ])
      await assert.rejects(client.query(statement), statement);
    assert.deepEqual(await primary.server.sql.accountsThatBypassFence(), []);
    await settle(anAccount({ grants: [aGrant('*', ['SELECT'])] }));
    await settle(anAccount({ grants: [aGrant('*', ['SELECT', 'INSERT'])] }));
    await settle(anAccount({ grants: [aGrant('a_b', ['SELECT'])] }));
    assert.equal((await grantsFor("writer@'%'")).length, 2);
  });

  it('grants, roles and locks made by hand on an account of ours are taken back', async () => {
    await settle(anAccount({ grants: [aGrant('a_b', ['SELECT'])] }));
    await root.query('CREATE ROLE admins');
    await root.query("GRANT admins TO writer@'%'");
    await root.query("GRANT SUPER, CONNECTION_ADMIN ON *.* TO writer@'%' WITH GRANT OPTION");
    await root.query("ALTER USER writer@'%' ACCOUNT LOCK");
    await settle(anAccount({ grants: [aGrant('a_b', ['SELECT'])] }));
    assert.equal((await grantsFor("writer@'%'")).length, 2);
    await primary.client('writer', 'a first password');
    await root.query('DROP ROLE admins');
  });

  it('rotates a password while clients go on; the former one is valid for a while', async () => {
    await settle(anAccount({ grants: [aGrant('a_b', ['SELECT'])] }));
    const living = await primary.client('writer', 'a first password');
    const second = anAccount({
      password: 'a second password',
      keepOldPasswordSeconds: 60,
      grants: [aGrant('a_b', ['SELECT'])],
    });
    const answer = await settle(second);
    assert.equal(answer.oldPasswordUntilMs, nowMs + 60_000);
    await living.query('SELECT * FROM a_b.t');
    await primary.client('writer', 'a first password');
    await primary.client('writer', 'a second password');
    nowMs += 61_000;
    assert.equal((await settle(second)).oldPasswordUntilMs, null);
    await living.query('SELECT * FROM a_b.t');
    await assert.rejects(primary.client('writer', 'a first password'), { errno: 1045 });
    await primary.client('writer', 'a second password');
  });

  it('the next rotation ends the password before the last', async () => {
    const kept = { keepOldPasswordSeconds: 60 };
    await settle(anAccount({ ...kept, password: 'one' }));
    await settle(anAccount({ ...kept, password: 'two' }));
    await settle(anAccount({ ...kept, password: 'three' }));
    await assert.rejects(primary.client('writer', 'one'), { errno: 1045 });
    await primary.client('writer', 'two');
    await primary.client('writer', 'three');
    await settle(anAccount({ password: 'four' }));
    await assert.rejects(primary.client('writer', 'three'), { errno: 1045 });
    await assert.rejects(primary.client('writer', 'two'), { errno: 1045 });
  });

  it('a password that was changed past the declaration is set again', async () => {
    await settle(anAccount());
    const client = await primary.client('writer', 'a first password');
    await client.query("ALTER USER USER() IDENTIFIED BY 'of my own'");
    await settle(anAccount());
    await primary.client('writer', 'a first password');
    await assert.rejects(primary.client('writer', 'of my own'), { errno: 1045 });
  });

  it('requires TLS where it is declared, and no longer where it is not', async () => {
    const withTls = async () => {
      const ca = await readFile(sandboxCa(primary), 'utf8');
      const connection = await mysql.createConnection({
        ...primary.config.listen.mysql,
        user: 'writer',
        password: 'a first password',
        ssl: { ca, checkServerIdentity: () => undefined } as mysql.SslOptions,
      });
      await connection.end();
    };
    await settle(anAccount({ tls: { require: 'ssl', issuer: null, subject: null } }));
    await assert.rejects(primary.client('writer', 'a first password'), { errno: 1045 });
    await withTls();
    await settle(
      anAccount({ tls: { require: 'x509', issuer: '/CN=a "CA"', subject: "/CN=it's" } }),
    );
    await assert.rejects(withTls(), { errno: 1045 });
    await settle(anAccount({ tls: { require: 'x509', issuer: null, subject: null } }));
    await assert.rejects(withTls(), { errno: 1045 });
    await settle(anAccount());
    await primary.client('writer', 'a first password');
  });

  it('limits what an account uses', async () => {
    const limits = {
      queriesPerHour: 1_000,
      updatesPerHour: 100,
      connectionsPerHour: 10,
      userConnections: 1,
    };
    await settle(anAccount({ limits }));
    const first = await primary.client('writer', 'a first password');
    await assert.rejects(primary.client('writer', 'a first password'), { errno: 1226 });
    await settle(anAccount());
    await primary.client('writer', 'a first password');
    await first.end();
  });

  it('an account of somebody else is a conflict, and is not touched', async () => {
    await root.query("CREATE USER writer@'%' IDENTIFIED BY 'theirs'");
    const foreign = await apply(anAccount({ hosts: ['127.0.0.1', '%'] }));
    assert.equal(foreign.done, false);
    assert.deepEqual(foreign.changes, []);
    assert.deepEqual(
      foreign.problems.map(({ code }) => code),
      ['CONFLICT'],
    );
    await primary.client('writer', 'theirs');
    await apply({ kind: 'releaseAccount', owner: OWNER, timeoutMs: 20_000, policy: 'drop' });
    await primary.client('writer', 'theirs');
    await root.query("DROP USER writer@'%'");
    await settle(anAccount());
    const second = await apply(anAccount({ owner: { name: 'other/app', uid: 'uid-2' } }));
    assert.match(second.problems[0]?.message ?? '', /declared by shop\/app/u);
  });

  it('is dropped or retained; what is retained goes back to an owner of the same name only', async () => {
    const release = { kind: 'releaseAccount', owner: OWNER, timeoutMs: 20_000 } as const;
    await settle(anAccount());
    await settle({ ...release, policy: 'retain' });
    await primary.client('writer', 'a first password');
    const other = await apply(anAccount({ owner: { name: 'other/app', uid: 'uid-2' } }));
    assert.match(other.problems[0]?.message ?? '', /was kept when shop\/app was deleted/u);
    const renewed = { name: OWNER.name, uid: 'uid-3' };
    await settle(anAccount({ owner: renewed }));
    await settle({ ...release, policy: 'drop' });
    assert.deepEqual(await usersNamed('writer'), ['%'], 'it has another uid by now');
    await settle({ ...release, owner: renewed, policy: 'drop' });
    assert.deepEqual(await usersNamed('writer'), []);
  });

  it('a grant on a table that is not there waits; the rest is done', async () => {
    const request = anAccount({
      grants: [aGrant('axb.later', ['UPDATE']), aGrant('a_b', ['SELECT'])],
    });
    const answer = await apply(request);
    assert.equal(answer.done, false);
    assert.deepEqual(
      answer.problems.map(({ code, field }) => [code, field]),
      [['WAITING', 'grants[0]']],
    );
    const client = await primary.client('writer', 'a first password');
    await client.query('SELECT * FROM a_b.t');
    await root.query('CREATE TABLE axb.later (id INT PRIMARY KEY)');
    await settle(request);
    await root.query('DROP TABLE axb.later');
    await settle(anAccount());
    assert.equal((await grantsFor("writer@'%'")).length, 1);
  });

  it('says everything that is wrong at once, and does nothing', async () => {
    const answer = await apply(
      anAccount({
        user: 'root',
        hosts: ['%', "'; DROP"],
        password: 'with a line break\n',
        grants: [aGrant('*', ['SUPER']), aGrant('mysql', ['ALL']), aGrant('x.t', ['EVENT'])],
      }),
    );
    assert.deepEqual(
      answer.problems.map(({ code, field }) => `${code} ${field}`),
      [
        'REFUSED user',
        'REFUSED hosts[1]',
        'REFUSED password',
        'REFUSED grants[0].privileges[0]',
        'REFUSED grants[1].privileges[0]',
        'REFUSED grants[2].privileges[0]',
      ],
    );
  });

  it('makes schemas with charset and collation, changes them, keeps and drops them', async () => {
    const wanted = {
      kind: 'ensureSchema',
      owner: OWNER,
      timeoutMs: 20_000,
      schema: 'a "schema`; -- 100%',
      charset: 'utf8mb4',
      collation: 'utf8mb4_bin',
    } as const;
    const release = { kind: 'releaseSchema', owner: OWNER, timeoutMs: 20_000 } as const;
    const defaults = async () =>
      (
        await query(
          `SELECT DEFAULT_COLLATION_NAME AS c FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${mysql.escape(wanted.schema)}`,
        )
      ).map((row) => row['c']);
    await settle(wanted);
    assert.deepEqual(await defaults(), ['utf8mb4_bin']);
    await settle({ ...wanted, charset: 'latin1', collation: null });
    assert.deepEqual(await defaults(), ['latin1_swedish_ci']);
    await settle({ ...release, policy: 'retain' });
    const other = await apply({ ...wanted, owner: { name: 'other/app', uid: 'uid-2' } });
    assert.equal(other.problems[0]?.code, 'CONFLICT');
    await settle({ ...wanted, owner: { name: OWNER.name, uid: 'uid-3' } });
    await settle({ ...release, policy: 'drop' });
    assert.equal((await defaults()).length, 1, 'it has another uid by now');
    await settle({ ...release, owner: { name: OWNER.name, uid: 'uid-3' }, policy: 'drop' });
    assert.deepEqual(await defaults(), []);
    const wrong = await apply({ ...wanted, charset: 'latin1', collation: 'utf8mb4_bin' });
    assert.equal(wrong.problems[0]?.field, 'collation');
    const foreign = await apply({ ...wanted, schema: 'axb' });
    assert.equal(foreign.problems[0]?.code, 'CONFLICT');
  });

  it('any text is either refused by name or means itself: as user, host, schema, table, password', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom(
        "'; DROP SCHEMA a_b; -- ",
        "a'@'%' IDENTIFIED BY 'x",
        '`',
        '``',
        '\\',
        "\\'",
        "'\\",
        '%',
        '_',
        'a\0b',
        'a.b',
        '/* */',
        '# x',
        '\ud800',
        '😀',
        ' a',
        'a ',
        'ß',
        '\u00a0',
        '$(id)',
        "''",
        '""',
      ),
    );
    const before_ = await query('SELECT COUNT(*) AS n FROM a_b.t');
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (user, schema, password, host) => {
        const request = anAccount({
          user,
          password,
          hosts: ['%', host],
          grants: [aGrant('*', ['SHOW DATABASES']), { ...aGrant('', ['SELECT']), schema }],
        });
        const answer = await apply(request);
        const isRefused = answer.problems.some(({ code }) => code === 'REFUSED');
        if (isRefused) {
          assert.deepEqual(answer.changes, []);
          for (const { message } of answer.problems)
            assert.ok(password.length < 9 || !message.includes(password), message);
          const hostless = {
            ...request,
            hosts: ['%'],
            grants: request.grants.slice(0, 1),
          };
          await roundTrip(hostless);
          await roundTrip({ ...hostless, user: 'writer' });
          return;
        }
        await roundTrip(request);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    assert.deepEqual(await query('SELECT COUNT(*) AS n FROM a_b.t'), before_);
  });

  async function roundTrip(request: EnsureAccountRequest): Promise<void> {
    const answer = await apply(request);
    if (answer.problems.length > 0) {
      assert.ok(
        answer.problems.every(({ code }) => code === 'REFUSED'),
        JSON.stringify([request, answer]),
      );
      return;
    }
    assert.equal(answer.done, true, JSON.stringify([request, answer]));
    assert.ok(
      answer.changes.every((it) => !it.includes(`BY ${mysql.escape(request.password)}`)),
      'masked',
    );
    const names = await usersNamed(request.user);
    assert.ok(names.includes('%'), JSON.stringify([request.user, names]));
    const client = await primary.client(request.user, request.password);
    const [rows] = await client.query<mysql.RowDataPacket[]>('SELECT CURRENT_USER() AS me');
    assert.equal(String(rows[0]?.['me']).split('@')[0]?.length, request.user.split('@')[0]?.length);
    client.destroy();
    const again = await apply(request);
    assert.deepEqual(again.changes, []);
  }

  it('any grants follow any others, and then there is nothing left to do', async () => {
    const privileges = (of: readonly string[]) =>
      fc.uniqueArray(fc.constantFrom(...of), { minLength: 1, maxLength: 4 });
    const many = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES', 'CREATE', 'EVENT', 'EXECUTE', 'ALL'];
    const ofTable = ['SELECT', 'INSERT', 'UPDATE', 'SHOW VIEW', 'TRIGGER', 'ALL'];
    const grant = fc.oneof(
      fc
        .tuple(privileges([...many, 'PROCESS', 'FLUSH_TABLES', 'SHOW_ROUTINE']), fc.boolean())
        .map(([words, option]) => aGrant('*', words, [], option)),
      fc
        .tuple(fc.constantFrom('a_b', 'axb', 'absent'), privileges(many), fc.boolean())
        .map(([schema, words, option]) => aGrant(schema, words, [], option)),
      fc
        .tuple(privileges(ofTable), fc.boolean())
        .map(([words, option]) => aGrant('a_b.t', words, [], option)),
      fc
        .tuple(
          privileges(['SELECT', 'INSERT', 'UPDATE']),
          fc.subarray(['id', 'SECRET'], { minLength: 1 }),
        )
        .map(([words, columns]) => aGrant('a_b.t', words, columns)),
      fc.constant(aGrant('sys', ['SELECT', 'EXECUTE'])),
      fc.constant(aGrant('performance_schema', ['SELECT'])),
    );
    const grants = fc
      .array(grant, { maxLength: 4 })
      .filter((list) => new Set(list.map((it) => `${it.schema}.${it.table}`)).size === list.length);
    await fc.assert(
      fc.asyncProperty(grants, async (list) => {
        await settle(anAccount({ grants: list }));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('goes on after a failover in the middle: the next primary is asked the same', async () => {
    const request = anAccount({
      password: 'a second password',
      keepOldPasswordSeconds: 60,
      grants: [aGrant('*', ['SELECT']), aGrant('a_b', ['INSERT'])],
    });
    await settle(anAccount());
    for (let statements = 1; statements < 40; statements += 1) {
      let left = statements;
      const dying = new Accounts({
        write: (options, work) =>
          primary.server.sql.write(options, (session) =>
            work({
              rows: (sql) => session.rows(sql),
              execute: async (sql) => {
                if (left === 0) throw new Error('the primary died');
                left -= 1;
                return await session.execute(sql);
              },
            }),
          ),
        ownUsers: [],
        clock: { monotonicMs: () => performance.now(), unixMs: () => nowMs },
        log,
      });
      try {
        await dying.apply(request, NEVER);
      } catch (error) {
        assert.match(String(error), /the primary died/u);
        await settle(request);
        await primary.client('writer', 'a first password');
        await primary.client('writer', 'a second password');
        assert.equal((await grantsFor("writer@'%'")).length, 4);
        await settle(anAccount({ keepOldPasswordSeconds: 0 }));
        continue;
      }
      assert.ok(statements > 5);
      return;
    }
    assert.fail('it never came to an end');
  });

  it('waits while nobody acknowledges: else nobody could log in, not even the replica that comes back', async () => {
    assert.ok(await replica.server.sql.stopReceiver(20_000));
    await eventually('the primary has noticed', async () => {
      const { semiSync } = await primary.server.sql.observe();
      return semiSync.sourceClients === 0;
    });
    await assert.rejects(apply(anAccount()), { code: 'TIMEOUT', message: /0 of 1/u });
    const { user, password } = sandbox.credentials.application;
    await primary.client(user, password);
    await replica.server.sql.follow(primary.source, { acknowledge: true });
    await eventually('the replica is back', async () => {
      const { semiSync } = await primary.server.sql.observe();
      return semiSync.sourceClients === 1;
    });
    await settle(anAccount());
    await primary.client('writer', 'a first password');
  });

  it('no password stands in a log line or in the answer', () => {
    assert.ok(logged.length > 10);
    assert.doesNotMatch(JSON.stringify(logged), /a (?:first|second) password/u);
  });
});

function sandboxCa(member: SandboxMember): string {
  return member.config.tls.caFile;
}
