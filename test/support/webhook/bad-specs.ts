/** Manifests as people get them wrong, and the fields that an answer must name: all of them, at once. */
export interface BadSpec {
  readonly name: string;
  readonly kind: 'MysqlCluster' | 'MysqlUser' | 'MysqlDatabase';
  /** Default `demo`. */
  readonly objectName?: string;
  readonly spec: Readonly<Record<string, unknown>>;
  /** In any order; nothing else may be named. */
  readonly fields: readonly string[];
  /** Part of what is said. */
  readonly says?: RegExp;
  /**
   * The fields that kube-apiserver's strict decoder does not know. It looks before any webhook does,
   * so that with kubectl's default validation only they are told.
   */
  readonly unknown?: readonly string[];
}

type Spec = BadSpec['spec'];
const config = (settings: Spec): Spec => ({ mysql: { config: settings } });
const at = (...names: string[]): string[] => names.map((name) => `spec.mysql.config.${name}`);
const user = (spec: Spec): Spec => ({
  clusterRef: { name: 'demo' },
  passwordSecretRef: { name: 'app' },
  ...spec,
});
const grant = (spec: Spec): Spec => user({ grants: [spec] });
const database = (spec: Spec): Spec => ({ clusterRef: { name: 'demo' }, ...spec });

const CLUSTERS: readonly Omit<BadSpec, 'kind'>[] = [
  { name: 'eight members', spec: { replicas: 8 }, fields: ['spec.replicas'], says: /1 to 7/ },
  { name: 'fewer than none', spec: { replicas: -1 }, fields: ['spec.replicas'] },
  { name: 'members as text', spec: { replicas: '3' }, fields: ['spec.replicas'] },
  { name: 'half a member', spec: { replicas: 2.5 }, fields: ['spec.replicas'] },
  { name: 'a name with capitals', objectName: 'Demo', spec: {}, fields: ['metadata.name'] },
  {
    name: 'a name of 41 characters',
    objectName: 'd'.repeat(41),
    spec: {},
    fields: ['metadata.name'],
  },
  {
    name: 'a name that begins with a digit',
    objectName: '1demo',
    spec: {},
    fields: ['metadata.name'],
  },
  {
    name: 'a misspelt field',
    spec: { replcias: 3 },
    fields: ['spec.replcias'],
    says: /did you mean "replicas"/,
    unknown: ['spec.replcias'],
  },
  {
    name: 'a field with the wrong case',
    spec: { mySQL: {} },
    fields: ['spec.mySQL'],
    unknown: ['spec.mySQL'],
  },
  {
    name: 'fields of the earlier operator',
    spec: { mysqlVersion: '5.7', xenonOpts: {}, persistence: { size: '20Gi' } },
    fields: ['spec.mysqlVersion', 'spec.xenonOpts', 'spec.persistence'],
    unknown: ['spec.mysqlVersion', 'spec.xenonOpts', 'spec.persistence'],
  },
  {
    name: 'a MySQL of old',
    spec: { mysql: { version: '5.7' } },
    fields: ['spec.mysql.version'],
    says: /"9\.7", "8\.4"/,
  },
  {
    name: 'the version as a number',
    spec: { mysql: { version: 8.4 } },
    fields: ['spec.mysql.version'],
  },
  {
    name: 'an image with a space',
    spec: { mysql: { image: 'mysql 9.7' } },
    fields: ['spec.mysql.image'],
  },
  {
    name: 'an image with a command in it',
    spec: { mysql: { image: 'mysql:9.7;$(reboot)' } },
    fields: ['spec.mysql.image'],
  },
  {
    name: 'less memory at most than asked for',
    spec: { mysql: { resources: { requests: { memory: '8Gi' }, limits: { memory: '4Gi' } } } },
    fields: ['spec.mysql.resources.requests.memory'],
  },
  {
    name: 'sizes that are none',
    spec: { mysql: { resources: { limits: { memory: 'much' } } }, storage: { size: 'big' } },
    fields: ['spec.mysql.resources.limits.memory', 'spec.storage.size'],
  },
  {
    name: 'a volume without room',
    spec: { storage: { size: '1Mi' } },
    fields: ['spec.storage.size'],
  },
  {
    name: 'an unknown reclaim policy',
    spec: { storage: { reclaimPolicy: 'Keep' } },
    fields: ['spec.storage.reclaimPolicy'],
    says: /"Retain", "Delete"/,
  },
  {
    name: 'an unknown durability',
    spec: { ha: { durability: 'strickt' } },
    fields: ['spec.ha.durability'],
    says: /did you mean "strict"/,
  },
  {
    name: 'a delay without a unit and an answer as text',
    spec: { ha: { failover: { delay: '5', enabled: 'yes' } } },
    fields: ['spec.ha.failover.delay', 'spec.ha.failover.enabled'],
  },
  {
    name: 'a delay of a day',
    spec: { ha: { failover: { delay: '24h' } } },
    fields: ['spec.ha.failover.delay'],
  },
  {
    name: 'settings that lose writes',
    spec: config({ sync_binlog: '0', innodb_flush_log_at_trx_commit: 2, 'skip-log-bin': '1' }),
    fields: at('sync_binlog', 'innodb_flush_log_at_trx_commit', 'skip-log-bin'),
    says: /an acknowledged write could be lost/,
  },
  {
    name: 'settings that open the fence',
    spec: config({ super_read_only: 'OFF', event_scheduler: 'ON', init_file: '/tmp/x.sql' }),
    fields: at('super_read_only', 'event_scheduler', 'init_file'),
  },
  {
    name: 'settings that shut the agent out',
    spec: config({ port: 3307, skip_networking: '1', require_secure_transport: 'OFF' }),
    fields: at('port', 'skip_networking', 'require_secure_transport'),
  },
  {
    name: 'settings that let everybody in',
    spec: config({ skip_grant_tables: '1', secure_file_priv: '/', plugin_load_add: 'x.so' }),
    fields: at('skip_grant_tables', 'secure_file_priv', 'plugin_load_add'),
  },
  {
    name: 'a forbidden setting in disguise',
    spec: config({ 'LOOSE-Sync_Binlog': '0' }),
    fields: at('LOOSE-Sync_Binlog'),
  },
  {
    name: 'a misspelt setting',
    spec: config({ max_conections: 500 }),
    fields: at('max_conections'),
    says: /did you mean max_connections/,
  },
  {
    name: 'values of the wrong type',
    spec: config({ max_connections: 'many', slow_query_log: 'maybe' }),
    fields: at('max_connections', 'slow_query_log'),
  },
  {
    name: 'one setting in two spellings',
    // In the order of the alphabet, as they arrive through Kubernetes.
    spec: config({ 'max-connections': 2, max_connections: 1 }),
    fields: at('max_connections'),
  },
  {
    name: 'a second setting after a line break',
    spec: config({ init_connect: 'SET a=1\nsync_binlog=0' }),
    fields: at('init_connect'),
  },
  {
    name: 'a setting of another series',
    spec: { mysql: { version: '8.4', config: { container_aware: 1 } } },
    fields: at('container_aware'),
  },
  {
    name: 'all that is wrong with a first attempt',
    spec: {
      replicas: 9,
      mysql: { version: '8.0', config: { sync_binlog: 0, max_conections: 10 } },
      storage: { size: '20GB' },
      ha: { durability: 'full', failover: { delay: 'soon' } },
    },
    fields: [
      'spec.replicas',
      'spec.mysql.version',
      'spec.storage.size',
      'spec.ha.durability',
      'spec.ha.failover.delay',
      ...at('sync_binlog', 'max_conections'),
    ],
  },
  {
    name: 'labels that are the operator’s',
    spec: { pod: { labels: { 'radondb.com/role': 'primary' } } },
    fields: ['spec.pod.labels[radondb.com/role]'],
  },
  {
    name: 'a toleration that is none',
    spec: { pod: { tolerations: [{ operator: 'Exists', key: 'a', value: 'b' }] } },
    fields: ['spec.pod.tolerations[0].value'],
  },
  {
    name: 'a selector without the word that asks for it',
    spec: { accounts: { namespaces: { from: 'Same', selector: { matchLabels: { a: 'b' } } } } },
    fields: ['spec.accounts.namespaces.selector'],
  },
  {
    name: 'a Service of no kind',
    spec: { routing: { service: { type: 'ExternalName' } } },
    fields: ['spec.routing.service.type'],
  },
];

const USERS: readonly Omit<BadSpec, 'kind'>[] = [
  { name: 'nothing at all', spec: {}, fields: ['spec.clusterRef', 'spec.passwordSecretRef'] },
  { name: 'the administrator', spec: user({ user: 'root' }), fields: ['spec.user'] },
  {
    name: 'an account of the operator',
    spec: user({ user: 'radondb_agent' }),
    fields: ['spec.user'],
  },
  {
    name: 'a name that ends the statement',
    spec: user({ user: "app'@'%'; DROP USER root; -- " }),
    fields: ['spec.user'],
  },
  {
    name: 'a host that is a name, and one that is SQL',
    spec: user({ hosts: ['db.example.com', "%' IDENTIFIED BY ''"] }),
    fields: ['spec.hosts[0]', 'spec.hosts[1]'],
  },
  {
    name: 'a privilege that passes the fence',
    spec: grant({ privileges: ['SUPER'], schema: '*' }),
    fields: ['spec.grants[0].privileges[0]'],
  },
  {
    name: 'rights on the tables of rights',
    spec: grant({ privileges: ['SELECT'], schema: 'mysql' }),
    fields: ['spec.grants[0].schema'],
  },
  {
    name: 'a schema with a backtick',
    spec: grant({ privileges: ['SELECT'], schema: 'a`.* TO root; -- ' }),
    fields: ['spec.grants[0].schema'],
  },
  {
    name: 'a password written down where a reference belongs',
    spec: { clusterRef: { name: 'demo' }, passwordSecretRef: { name: 'My Password!' } },
    fields: ['spec.passwordSecretRef.name'],
  },
  {
    name: 'a certificate without TLS, and limits below zero',
    spec: user({ tls: { require: 'none', issuer: '/CN=CA' }, limits: { maxUserConnections: -1 } }),
    fields: ['spec.limits.maxUserConnections'],
  },
];

const DATABASES: readonly Omit<BadSpec, 'kind'>[] = [
  { name: 'no cluster', spec: {}, fields: ['spec.clusterRef'] },
  { name: "the server's own schema", spec: database({ name: 'mysql' }), fields: ['spec.name'] },
  {
    name: 'a name that is a statement',
    spec: database({ name: '`; DROP DATABASE shop; -- ' }),
    fields: ['spec.name'],
  },
  {
    name: 'a collation of another character set',
    spec: database({ characterSet: 'utf8mb4', collation: 'latin1_swedish_ci' }),
    fields: ['spec.collation'],
  },
  {
    name: 'an unknown character set and policy',
    spec: database({ characterSet: 'utf9', reclaimPolicy: 'Keep' }),
    fields: ['spec.characterSet', 'spec.reclaimPolicy'],
  },
];

export const BAD_SPECS: readonly BadSpec[] = [
  ...CLUSTERS.map((it) => ({ ...it, kind: 'MysqlCluster' as const })),
  ...USERS.map((it) => ({ ...it, kind: 'MysqlUser' as const })),
  ...DATABASES.map((it) => ({ ...it, kind: 'MysqlDatabase' as const })),
];

export function manifestOf({ kind, objectName = 'demo', spec }: BadSpec): Record<string, unknown> {
  return {
    apiVersion: 'radondb.com/v1',
    kind,
    metadata: { name: objectName, namespace: 'default' },
    spec,
  };
}
