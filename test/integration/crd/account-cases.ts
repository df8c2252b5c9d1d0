import type { RuleCase, Spec } from './case.ts';

const user = (value: Spec): Spec => ({
  clusterRef: { name: 'demo' },
  passwordSecretRef: { name: 'app-password' },
  ...value,
});
const database = (value: Spec): Spec => ({ clusterRef: { name: 'demo' }, ...value });
const grant = (privileges: readonly string[], where: Spec): Spec =>
  user({ grants: [{ privileges, ...where }] });
const app = { schema: 'app' };

const USERS: readonly Omit<RuleCase, 'kind'>[] = [
  {
    name: 'nothing said of cluster and password',
    good: user({}),
    bad: {},
    refused: [
      { field: 'spec.clusterRef', message: '' },
      { field: 'spec.passwordSecretRef', message: '' },
    ],
  },
  {
    name: 'a user with a quote',
    good: user({ user: 'o-brien' }),
    bad: user({ user: "o'brien" }),
    refused: [{ field: 'spec.user', message: 'must be 1 to 32 of letters' }],
  },
  {
    name: 'a user of 33 characters',
    good: user({ user: 'u'.repeat(32) }),
    bad: user({ user: 'u'.repeat(33) }),
    refused: [{ field: 'spec.user', message: '32' }],
  },
  {
    name: "an object's name that is too long for a user",
    objectName: 'a-name-that-is-too-long-for-a-user-of-mysql',
    good: user({ user: 'short' }),
    bad: user({}),
    refused: [{ field: 'spec.user', message: 'so write spec.user' }],
  },
  {
    name: "the server's administrator",
    good: user({ user: 'rooted' }),
    bad: user({ user: 'Root' }),
    refused: [{ field: 'spec.user', message: 'is an account of the server or of the operator' }],
  },
  {
    name: "the server's administrator by the object's name",
    objectName: 'root',
    good: user({ user: 'app' }),
    bad: user({}),
    refused: [{ field: 'spec.user', message: 'is an account of the server or of the operator' }],
  },
  {
    name: "the agents' account",
    good: user({ user: 'radon' }),
    bad: user({ user: 'radondb_agent' }),
    refused: [{ field: 'spec.user', message: 'is an account of the server or of the operator' }],
  },
  {
    name: "the server's internal accounts",
    good: user({ user: 'mysql' }),
    bad: user({ user: 'mysql.session' }),
    refused: [{ field: 'spec.user', message: 'is an account of the server or of the operator' }],
  },
  {
    name: 'no host at all',
    good: user({ hosts: ['%'] }),
    bad: user({ hosts: [] }),
    refused: [{ field: 'spec.hosts', message: '1' }],
  },
  {
    name: 'a host twice',
    good: user({ hosts: ['10.0.0.1', '10.0.%', '10.0.0.0/255.255.0.0', '::1'] }),
    bad: user({ hosts: ['10.0.0.1', '10.0.0.1'] }),
    refused: [{ field: 'spec.hosts', message: '10.0.0.1' }],
  },
  {
    name: "a host's name, which no server looks up",
    good: user({ hosts: ['10.0.0.0/16'] }),
    bad: user({ hosts: ['shop.example.com'] }),
    refused: [{ field: 'spec.hosts[0]', message: 'names of hosts are not looked up' }],
  },
  {
    name: 'a privilege that passes the fence',
    good: grant(['PROCESS'], { schema: '*' }),
    bad: grant(['SUPER', 'RELOAD', 'REPLICATION SLAVE', 'CREATE USER', 'FILE', 'BACKUP_ADMIN'], {
      schema: '*',
    }),
    refused: [
      ...['the cluster has shut writes out', 'RESET BINARY LOGS', 'in place of a member'],
      ...['to any other account', 'past SQL', 'clone everything'],
    ].map((message, index) => ({ field: `spec.grants[0].privileges[${index}]`, message })),
  },
  {
    name: 'a privilege twice',
    good: grant(['SELECT', 'INSERT'], app),
    bad: grant(['SELECT', 'SELECT'], app),
    refused: [{ field: 'spec.grants[0].privileges', message: 'SELECT' }],
  },
  {
    name: 'a privilege in small letters',
    good: grant(['CREATE VIEW'], app),
    bad: grant(['create view'], app),
    refused: [{ field: 'spec.grants[0].privileges[0]', message: 'a privilege in capitals' }],
  },
  {
    name: "rights in the server's schema",
    good: grant(['SELECT'], { schema: 'mysql2' }),
    bad: grant(['SELECT'], { schema: 'MySQL' }),
    refused: [{ field: 'spec.grants[0].schema', message: 'nobody is given rights there' }],
  },
  {
    name: 'writing to sys',
    good: grant(['SELECT', 'EXECUTE'], { schema: 'sys' }),
    bad: grant(['DELETE'], { schema: 'sys' }),
    refused: [{ field: 'spec.grants[0].privileges', message: 'on sys, which' }],
  },
  {
    name: 'more than reading performance_schema',
    good: grant(['SELECT'], { schema: 'performance_schema' }),
    bad: grant(['UPDATE'], { schema: 'performance_schema' }),
    refused: [{ field: 'spec.grants[0].privileges', message: 'on performance_schema, which' }],
  },
  {
    name: 'a table of every schema',
    good: grant(['SELECT'], { schema: 'app', table: 'orders' }),
    bad: grant(['SELECT'], { schema: '*', table: 'orders' }),
    refused: [{ field: 'spec.grants[0].table', message: 'needs one schema' }],
  },
  {
    name: 'columns without a table',
    good: grant(['SELECT'], { schema: 'app', table: 'orders', columns: ['id'] }),
    bad: grant(['SELECT'], { schema: 'app', columns: ['id'] }),
    refused: [{ field: 'spec.grants[0].columns', message: 'need a table' }],
  },
  {
    name: 'a privilege that columns do not have',
    good: grant(['UPDATE'], { schema: 'app', table: 'orders', columns: ['state'] }),
    bad: grant(['DROP'], { schema: 'app', table: 'orders', columns: ['state'] }),
    refused: [{ field: 'spec.grants[0].privileges', message: 'UPDATE' }],
  },
  {
    name: 'a schema with a backtick',
    good: grant(['SELECT'], { schema: 'Bücher $2' }),
    bad: grant(['SELECT'], { schema: 'a`; DROP SCHEMA app; --' }),
    refused: [{ field: 'spec.grants[0].schema', message: 'without quotes, backslash' }],
  },
  {
    name: 'a table and a column that are no names',
    good: grant(['SELECT'], { schema: 'app', table: 'über', columns: ['größe'] }),
    bad: grant(['SELECT'], { schema: 'app', table: '../t', columns: ['a"b'] }),
    refused: [
      { field: 'spec.grants[0].table', message: 'without quotes, backslash' },
      { field: 'spec.grants[0].columns[0]', message: 'without quotes, backslash' },
    ],
  },
  {
    name: 'names of objects that no object can have',
    good: user({
      clusterRef: { name: 'demo', namespace: 'db' },
      passwordSecretRef: { name: 'app.password', key: 'pass_word.txt' },
    }),
    bad: user({
      clusterRef: { name: 'de mo', namespace: 'Db' },
      passwordSecretRef: { name: 'app/password', key: '../key' },
    }),
    refused: [
      { field: 'spec.clusterRef.name', message: 'must be the name of a MysqlCluster' },
      { field: 'spec.clusterRef.namespace', message: 'must be the name of a namespace' },
      { field: 'spec.passwordSecretRef.name', message: 'must be the name of a Secret' },
      { field: 'spec.passwordSecretRef.key', message: 'must be a key of a Secret' },
    ],
  },
  {
    name: 'the subject of a certificate over two lines',
    good: user({ tls: { subject: "/C=DE/O=O'Neil & Söhne/CN=app" } }),
    bad: user({ tls: { subject: '/CN=app\n/CN=root', issuer: '/CN=\u0000' } }),
    refused: [
      { field: 'spec.tls.subject', message: 'must be text without line breaks' },
      { field: 'spec.tls.issuer', message: 'must be text without line breaks' },
    ],
  },
  {
    name: 'an encrypted connection of a certain issuer',
    good: user({ tls: { require: 'x509', issuer: '/CN=CA' } }),
    bad: user({ tls: { require: 'ssl', issuer: '/CN=CA' } }),
    refused: [{ field: 'spec.tls.require', message: 'they are of a certificate' }],
  },
  {
    name: 'a former password that is valid for a fortnight',
    good: user({ keepOldPassword: '167h59m60s' }),
    bad: user({ keepOldPassword: '169h' }),
    refused: [{ field: 'spec.keepOldPassword', message: 'must be at most 168h' }],
  },
  {
    name: 'a former password that is valid for some words',
    good: user({ keepOldPassword: '0s' }),
    bad: user({ keepOldPassword: 'a while' }),
    refused: [{ field: 'spec.keepOldPassword', message: 'must be a duration like 30m' }],
  },
  {
    name: 'a limit below nothing',
    good: user({ limits: { maxQueriesPerHour: 1000 } }),
    bad: user({ limits: { maxQueriesPerHour: -1 } }),
    refused: [{ field: 'spec.limits.maxQueriesPerHour', message: '0' }],
  },
  {
    name: 'another cluster',
    before: user({}),
    good: user({ reclaimPolicy: 'Retain' }),
    bad: user({ clusterRef: { name: 'other' } }),
    refused: [{ field: 'spec.clusterRef', message: 'cannot be changed' }],
  },
  {
    name: 'another user',
    before: user({ user: 'ada' }),
    good: user({ user: 'ada', hosts: ['10.%'] }),
    bad: user({ user: 'bob' }),
    refused: [{ field: 'spec.user', message: 'cannot be changed' }],
  },
  {
    name: 'another user, who was called as the object',
    before: user({}),
    good: user({ limits: { maxUserConnections: 3 } }),
    bad: user({ user: 'bob' }),
    refused: [{ field: 'spec.user', message: 'cannot be changed' }],
  },
];

const DATABASES: readonly Omit<RuleCase, 'kind'>[] = [
  {
    name: 'a cluster that no cluster can be called',
    good: database({ clusterRef: { name: 'demo', namespace: 'db-1' } }),
    bad: database({ clusterRef: { name: '1demo', namespace: 'db.1' } }),
    refused: [
      { field: 'spec.clusterRef.name', message: 'must be the name of a MysqlCluster' },
      { field: 'spec.clusterRef.namespace', message: 'must be the name of a namespace' },
    ],
  },
  {
    name: 'an unknown character set',
    good: database({ characterSet: 'utf8mb3' }),
    bad: database({ characterSet: 'utf8' }),
    refused: [{ field: 'spec.characterSet', message: '"utf8"' }],
  },
  {
    name: 'a collation of another character set',
    good: database({ characterSet: 'utf8mb4', collation: 'utf8mb4_0900_as_cs' }),
    bad: database({ collation: 'latin1_swedish_ci' }),
    refused: [{ field: 'spec.collation', message: 'must be a collation of ' }],
  },
  {
    name: 'a collation with a quote',
    good: database({ characterSet: 'binary', collation: 'binary' }),
    bad: database({ collation: "utf8mb4'" }),
    refused: [{ field: 'spec.collation', message: 'must be the name of a collation' }],
  },
  {
    name: "the server's schema",
    good: database({ name: 'system' }),
    bad: database({ name: 'Information_Schema' }),
    refused: [{ field: 'spec.name', message: 'is a schema of the server or of the operator' }],
  },
  {
    name: "the server's schema by the object's name",
    objectName: 'mysql',
    good: database({ name: 'shop' }),
    bad: database({}),
    refused: [{ field: 'spec.name', message: 'is a schema of the server or of the operator' }],
  },
  {
    name: "an object's name that is too long for a schema",
    objectName: 'd'.repeat(65),
    good: database({ name: 'd'.repeat(64) }),
    bad: database({}),
    refused: [{ field: 'spec.name', message: 'so write spec.name' }],
  },
  {
    name: 'a schema with a path in it',
    good: database({ name: 'a b' }),
    bad: database({ name: '../etc' }),
    refused: [{ field: 'spec.name', message: 'without quotes, backslash' }],
  },
  {
    name: 'an unknown reclaim policy',
    good: database({ reclaimPolicy: 'Delete' }),
    bad: database({ reclaimPolicy: 'Keep' }),
    refused: [{ field: 'spec.reclaimPolicy', message: '"Retain"' }],
  },
  {
    name: 'another namespace of the cluster',
    before: database({}),
    good: database({ collation: 'utf8mb4_bin' }),
    bad: database({ clusterRef: { name: 'demo', namespace: 'elsewhere' } }),
    refused: [{ field: 'spec.clusterRef', message: 'cannot be changed' }],
  },
  {
    name: 'another name',
    before: database({ name: 'shop' }),
    good: database({ name: 'shop', characterSet: 'latin1' }),
    bad: database({ name: 'store' }),
    refused: [{ field: 'spec.name', message: 'cannot be changed' }],
  },
];

export const ACCOUNT_CASES: readonly RuleCase[] = [
  ...USERS.map((it) => ({ ...it, kind: 'MysqlUser' as const })),
  ...DATABASES.map((it) => ({ ...it, kind: 'MysqlDatabase' as const })),
];
