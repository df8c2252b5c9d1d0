import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mysqlClusterSchema, mysqlDatabaseSchema, mysqlUserSchema } from '@radondb/api';
import { parseAdmissionReview } from '../src/review/admission-review.ts';
import { NO_FACTS } from '../src/review/facts.ts';
import { reviewValidate } from '../src/review.ts';
import { aReview } from './builders.ts';

/** What a shell, a statement, a configuration file or a path would make something of. */
const NASTY = [
  "'; DROP TABLE mysql.user; -- ",
  '" OR ""="',
  '`; DROP DATABASE shop; -- ',
  '$(touch /tmp/x)',
  '`id`',
  'a; reboot',
  'a | sh',
  'a && b',
  'a\n[mysqld]\nskip_grant_tables',
  'a\0b',
  '../../../etc/passwd',
  '!include /etc/passwd',
  '{{ .Values }}',
  '%n%s',
];

/**
 * Text that Kubernetes hands on as it is: nothing of ours puts it into a statement, a command or a
 * file but as a quoted value. A new field has to be thought about before it stands here.
 */
const DATA: readonly string[] = [
  'MysqlCluster.routing.service.annotations.*',
  'MysqlCluster.pod.annotations.*',
  // Namespaces of other pods, which only the scheduler compares.
  ...['pod', 'podAnti'].flatMap((name) =>
    ['required', 'preferred'].map((when) => {
      const term = when === 'required' ? '#' : '#.podAffinityTerm';
      const list = `${when}DuringSchedulingIgnoredDuringExecution`;
      const affinity = name === 'pod' ? 'podAffinity' : 'podAntiAffinity';
      return `MysqlCluster.pod.affinity.${affinity}.${list}.${term}.namespaces.#`;
    }),
  ),
  // Names of MySQL: no quote, backtick, semicolon or backslash passes; the agent puts them between backticks.
  'MysqlUser.grants.#.schema',
  'MysqlUser.grants.#.table',
  'MysqlUser.grants.#.columns.#',
  'MysqlDatabase.name',
  // Quoted by the agent, whose tests send them to a real mysqld.
  'MysqlUser.tls.issuer',
  'MysqlUser.tls.subject',
];

type Schema = Readonly<Record<string, unknown>>;
type Path = readonly string[];

/** The places of a schema that take text: `*` is a name of a map, `#` an item of a list. */
function* textFields(schema: Schema, path: Path): Iterable<Path> {
  const types = [schema['type']].flat();
  if (types.includes('string') && schema['enum'] === undefined) yield path;
  for (const [name, child] of Object.entries((schema['properties'] ?? {}) as Schema)) {
    yield* textFields(child as Schema, [...path, name]);
  }
  const map = schema['additionalProperties'];
  if (typeof map === 'object' && map !== null) yield* textFields(map as Schema, [...path, '*']);
  const items = schema['items'];
  if (typeof items === 'object' && items !== null)
    yield* textFields(items as Schema, [...path, '#']);
}

function put(path: Path, value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (name === '#') return [put(rest, value)];
  return { [name === '*' ? 'key' : name]: put(rest, value) };
}

/** The place as causes name it. */
function fieldOf(path: Path): string {
  return path.reduce(
    (field, name) => (name === '#' ? `${field}[0]` : `${field}.${name === '*' ? 'key' : name}`),
    'spec',
  );
}

/** Whether a review lets the value in at that place. Other fields may be missing: those are other findings. */
function isAccepted(kind: string, path: Path, value: string): boolean {
  const spec = put(path, value);
  const object = { apiVersion: 'radondb.com/v1', kind, metadata: { name: 'demo' }, spec };
  const body = aReview({ kind: { group: 'radondb.com', version: 'v1', kind }, object });
  const { status } = reviewValidate(parseAdmissionReview(body), NO_FACTS);
  const fields = status?.details?.causes.map(({ field }) => field) ?? [];
  return !fields.includes(fieldOf(path));
}

describe('SQL and shell metacharacters', () => {
  it('that could end a quoted name of MySQL are refused even where names are data', () => {
    const names: readonly (readonly [string, Path])[] = [
      ['MysqlUser', ['grants', '#', 'schema']],
      ['MysqlUser', ['grants', '#', 'table']],
      ['MysqlUser', ['grants', '#', 'columns', '#']],
      ['MysqlDatabase', ['name']],
    ];
    for (const [kind, path] of names) {
      for (const character of ["'", '"', '`', '\\', ';', '/', '\0', '\n', '\r', '\x1a']) {
        assert.ok(!isAccepted(kind, path, `a${character}b`), `${kind} ${path.join('.')}`);
      }
    }
  });

  const kinds = [
    ['MysqlCluster', mysqlClusterSchema],
    ['MysqlUser', mysqlUserSchema],
    ['MysqlDatabase', mysqlDatabaseSchema],
  ] as const;
  for (const [kind, schema] of kinds) {
    it(`are refused in every text of a ${kind} that is not known to be data`, () => {
      const spec = (schema.properties as unknown as Record<string, Schema>)['spec'] ?? {};
      const paths = [...textFields(spec, [])];
      assert.ok(paths.length >= 4);
      const accepting = paths.filter((path) =>
        NASTY.some((value) => isAccepted(kind, path, value)),
      );
      const names = accepting.map((path) => `${kind}.${path.join('.')}`);
      assert.deepEqual(
        names.filter((name) => !DATA.includes(name)),
        [],
      );
    });
  }
});
