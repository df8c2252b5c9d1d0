import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { applyDefaults } from '../src/defaults/mysql-cluster.ts';
import { forbiddenVariables } from '../src/my-cnf/forbidden-variables.ts';
import { KNOWN_VARIABLES } from '../src/my-cnf/known-variables.ts';
import { renderMyCnf } from '../src/my-cnf/render.ts';
import { aCluster } from './builders.ts';

interface Mysqld {
  readonly command: string;
  /** Before the first option. */
  readonly before: readonly string[];
  readonly options: readonly string[];
}

/** RADONDB_MYSQLD, or what `npm run tools` has fetched; this package may not import the finder. */
function findMysqld(): Mysqld | null {
  const given = process.env['RADONDB_MYSQLD'];
  if (given !== undefined) return { command: given, before: [], options: [] };
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'radondb-mysql');
  const roots = existsSync(cache) ? readdirSync(cache).filter((it) => /^mysql-\d/.test(it)) : [];
  for (const root of roots
    .sort()
    .reverse()
    .map((name) => join(cache, name))) {
    const lib = join(root, 'usr/lib/x86_64-linux-gnu');
    if (!existsSync(join(root, 'radondb-complete.json')) || !existsSync(lib)) continue;
    return {
      command: join(lib, 'ld-linux-x86-64.so.2'),
      before: ['--library-path', lib, join(root, 'usr/sbin/mysqld')],
      options: [
        `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
        `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
      ],
    };
  }
  return null;
}

const mysqld = findMysqld();
const skip = mysqld === null ? 'no mysqld found: run `npm run tools` or set RADONDB_MYSQLD' : false;

function run(first: readonly string[], last: readonly string[]): string {
  assert.ok(mysqld !== null);
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  return execFileSync(
    mysqld.command,
    [...mysqld.before, ...first, ...mysqld.options, ...asRoot, ...last],
    { encoding: 'utf8', maxBuffer: 1 << 24, stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

function validate(config: Record<string, string | number | boolean>): void {
  const folder = mkdtempSync(join(tmpdir(), 'radondb-my-cnf-'));
  try {
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    const text = renderMyCnf({
      spec: applyDefaults(aCluster({ mysql: { config } })).spec,
      serverId: 1,
      ports: { mysql: 3306, admin: 33062, mysqlHost: '127.0.0.1', adminHost: '127.0.0.1' },
      dataDir,
      tls: null,
      logFile: null,
    });
    writeFileSync(join(folder, 'my.cnf'), text);
    run([`--defaults-file=${join(folder, 'my.cnf')}`], ['--validate-config']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a real mysqld', { skip }, () => {
  it('accepts the rendered my.cnf', () => validate({}));

  it('accepts settings that we let through, and refuses an unknown one (so the check can fail)', () => {
    validate({
      max_connections: 500,
      loose_innodb_adaptive_hash_index: true,
      'max-allowed-packet': '64M',
      long_query_time: 0.5,
      transaction_isolation: 'read-committed',
      clone_max_concurrency: 8,
      lower_case_table_names: 1,
    });
    assert.throws(() => run(['--no-defaults'], ['--validate-config', '--max-conections=5']));
  });

  it('knows every setting of our list, and we know every one of its own', () => {
    const help = run(['--no-defaults'], ['--verbose', '--help']);
    const options = new Set(
      [...help.matchAll(/^ {2}(?:-[a-zA-Z#?], )?--([a-z][a-z0-9-]*)/gm)].map(([, name = '']) =>
        name.replaceAll('-', '_'),
      ),
    );
    assert.ok(options.size > 600);
    const left = new Set([...forbiddenVariables(), ...LEFT_OUT]);
    const missing = [...options].filter(
      (name) =>
        !KNOWN_VARIABLES.has(name) && !left.has(name) && !/^(ndb|keyring_migration)/.test(name),
    );
    assert.deepEqual(missing, []);
    // The plugins' own settings are not in the help of a server that has not loaded them.
    const extra = [...KNOWN_VARIABLES.keys()].filter(
      (name) => !options.has(name) && !/^(rpl_semi_sync_|clone_|mysql_native_password$)/.test(name),
    );
    assert.deepEqual(extra, []);
  });
});

/** Options that end or replace the server, or that are for debugging it. */
const LEFT_OUT = `ansi archive blackhole exit_info federated log_isam ngram skip_new
  skip_stack_trace symbolic_links version_with_update ndbcluster ndbinfo`.split(/\s+/);
