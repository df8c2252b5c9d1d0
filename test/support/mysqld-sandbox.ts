/** Real mysqlds for tests: free loopback ports, a temporary folder, passwords of their own, and a clean end whatever happens. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createMysqldServer } from '@radondb/agent/adapters/mysqld/index';
import { type AgentConfig, type AgentCredentials, HA_TIMES } from '@radondb/agent/agent-config';
import type { Logger, MysqldServer, ReplicationSource } from '@radondb/agent/ports';
import { findMysqld, findOnPath, type MysqlInstallation } from '@radondb/scripts';
import mysql, { type Connection } from 'mysql2/promise';

const run = promisify(execFile);

/** The real mysqld, or why there is none. Never fetches one: that is `npm run tools`. */
export async function findRealMysqld(): Promise<
  { readonly installation: MysqlInstallation } | { readonly reason: string }
> {
  try {
    return { installation: await findMysqld({ env: process.env, fetch: 'never' }) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Asks until the answer is true. @throws at the deadline */
export async function eventually(
  what: string,
  ask: () => Promise<boolean>,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(10);
  }
}

/** One member's mysqld with everything that a test needs to reach it. */
export interface SandboxMember {
  readonly name: string;
  readonly config: AgentConfig;
  readonly server: MysqldServer;
  readonly directory: string;
  /** How another member replicates from or clones this one. */
  readonly source: ReplicationSource;
  /** An agent that was started anew: another adapter for the same folder. */
  again(): MysqldServer;
  /** A connection to the clients' port. */
  client(user: string, password: string): Promise<Connection>;
}

/** Several members below one temporary folder with equal credentials. */
export interface MysqldSandbox {
  readonly directory: string;
  readonly credentials: AgentCredentials;
  /** A member without data. */
  member(name: string): Promise<SandboxMember>;
  /** A member with an empty server that runs, closed. Made from one initialise, which takes seconds, by copying. */
  running(name: string): Promise<SandboxMember>;
  /** A primary with `voters` acknowledging replicas, open to clients, W = voters. */
  cluster(names: readonly [string, ...string[]]): Promise<readonly SandboxMember[]>;
  /** Kills every mysqld and removes the folder. */
  close(): Promise<void>;
}

/** Makes a sandbox. Close it in an `after` hook. */
export async function openMysqldSandbox(
  installation: MysqlInstallation,
  options: { readonly log?: Logger; readonly myCnf?: readonly string[] } = {},
): Promise<MysqldSandbox> {
  const directory = await mkdtemp(path.join(tmpdir(), 'radondb-mysqld-'));
  const credentials = makeCredentials();
  const tls = await makeCertificates(path.join(directory, 'tls'));
  const setpriv = (await findOnPath('setpriv', process.env))[0] ?? null;
  const servers: MysqldServer[] = [];
  const connections: Connection[] = [];
  let serverId = 0;

  const member = async (name: string): Promise<SandboxMember> => {
    const home = path.join(directory, name);
    await mkdir(home, { recursive: true });
    const configFile = path.join(home, 'my.cnf');
    await writeFile(configFile, `${[...SMALL_SERVER, ...(options.myCnf ?? [])].join('\n')}\n`);
    serverId += 1;
    const config = await makeConfig({
      name,
      home,
      configFile,
      installation,
      setpriv,
      serverId,
      tls,
    });
    const create = (): MysqldServer => {
      const server = createMysqldServer(config, credentials, options.log ?? SILENT);
      servers.push(server);
      return server;
    };
    return {
      name,
      config,
      server: create(),
      directory: home,
      source: {
        host: config.listen.mysql.host,
        port: config.listen.mysql.port,
        user: credentials.replication.user,
        password: credentials.replication.password,
        caFile: tls.caFile,
      },
      again: create,
      client: async (user, password) => {
        const connection = await mysql.createConnection({ ...config.listen.mysql, user, password });
        connection.on('error', () => {});
        connections.push(connection);
        return connection;
      },
    };
  };

  let template: Promise<string> | null = null;
  const makeTemplate = async (): Promise<string> => {
    const { server, directory: home } = await member('template');
    await server.initialise(NEVER);
    await rm(path.join(home, 'mysql', 'auto.cnf'), { force: true });
    return path.join(home, 'mysql');
  };
  const running = async (name: string): Promise<SandboxMember> => {
    template ??= makeTemplate();
    const made = await member(name);
    await cp(await template, path.join(made.directory, 'mysql'), { recursive: true });
    await made.server.start(NEVER);
    return made;
  };

  return {
    directory,
    credentials,
    member,
    running,
    cluster: async (names) => {
      const members = await Promise.all(names.map(running));
      const [primary, ...replicas] = members;
      if (primary === undefined) throw new Error('a cluster of none');
      await primary.server.sql.configureSource(replicas.length);
      for (const replica of replicas)
        await replica.server.sql.follow(primary.source, { acknowledge: true });
      await primary.server.sql.allowWrites();
      await primary.server.sql.barrier(1, DEADLINE_MS);
      await primary.server.sql.ensureApplicationAccount(credentials.application);
      await primary.server.sql.open();
      return members;
    },
    close: async () => {
      for (const connection of connections) connection.destroy();
      for (const server of servers) {
        await server.kill();
        await server.sql.close();
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Small and quick to start; nothing here changes what is tested. */
const SMALL_SERVER = [
  '[mysqld]',
  'innodb-buffer-pool-size=32M',
  'innodb-redo-log-capacity=32M',
  'performance-schema-max-table-instances=500',
  'table-open-cache=200',
  'max-connections=50',
];

/** For what a test does not abort. */
export const NEVER: AbortSignal = new AbortController().signal;
/** Long enough for a loaded machine; what is waited for comes within milliseconds. */
export const DEADLINE_MS = 20_000;

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function makeCredentials(): AgentCredentials {
  // A quote and a backslash: whoever forgets to escape fails here.
  const password = () => `${randomBytes(9).toString('base64url')}'\\"`;
  return {
    agent: { user: 'radondb_agent', password: password() },
    replication: {
      user: 'radondb_replication',
      password: `${randomBytes(9).toString('base64url')}'"`,
    },
    application: { user: 'app', password: password(), database: 'shop' },
  };
}

async function makeConfig(parts: {
  readonly name: string;
  readonly home: string;
  readonly configFile: string;
  readonly installation: MysqlInstallation;
  readonly setpriv: string | null;
  readonly serverId: number;
  readonly tls: AgentConfig['tls'];
}): Promise<AgentConfig> {
  const [mysqlPort, adminPort] = await freePorts(2);
  const unused = { host: '127.0.0.1', port: 0 };
  return {
    clusterId: 'sandbox',
    clusterName: 'sandbox',
    member: parts.name,
    raftId: parts.serverId,
    directory: parts.home,
    bootstrap: true,
    peers: [],
    listen: {
      raft: unused,
      api: unused,
      mysql: { host: '127.0.0.1', port: mysqlPort ?? 0 },
      admin: { host: '127.0.0.1', port: adminPort ?? 0 },
      primaryProxy: unused,
      replicasProxy: unused,
      metrics: unused,
    },
    tls: parts.tls,
    mysqld: {
      command: parts.installation.mysqld,
      serverArgs: parts.installation.serverArgs,
      configFile: parts.configFile,
      serverId: parts.serverId,
      setpriv: parts.setpriv,
    },
    credentialsFile: path.join(parts.home, 'credentials.json'),
    failover: { enabled: true, delayMs: 0 },
    times: HA_TIMES,
  };
}

/** Ports that nobody listens on. All are held at once, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = held.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function makeCertificates(folder: string): Promise<AgentConfig['tls']> {
  await mkdir(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const openssl = async (...args: string[]) => await run('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=sandbox-ca',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  );
  await openssl(
    'req',
    ...newKey,
    '-subj',
    '/CN=member',
    '-keyout',
    file('member.key'),
    '-out',
    file('member.csr'),
  );
  await openssl(
    ...['x509', '-req', '-in', file('member.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
    ...['-CAcreateserial', '-days', '2', '-out', file('member.pem')],
  );
  return { caFile: file('ca.pem'), certFile: file('member.pem'), keyFile: file('member.key') };
}
