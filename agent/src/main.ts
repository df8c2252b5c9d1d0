#!/usr/bin/env -S node --conditions=@radondb/source
/** The agent: PID 1 of a member's pod, locally a child of the box. Wiring, signals and exit codes only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger as Pino, pino } from 'pino';
import { MemberFile } from './adapters/member-file.ts';
import { createMysqldServer } from './adapters/mysqld/index.ts';
import { keepPodRoles } from './adapters/pod-roles.ts';
import { openRaft } from './adapters/raft-node.ts';
import { Agent } from './agent.ts';
import { Cluster } from './cluster.ts';
import { ConfigError, readSettings, type Settings } from './config.ts';
import { podMyCnf } from './pod-config.ts';
import { Settings as MysqldSettings } from './settings.ts';

/** sysexits.h: what it was given is wrong; starting it again changes nothing. */
const EX_CONFIG = 78;
const FATAL_CODES = new Set(['CONFIG', 'MEMBER_FILE', 'CLUSTER_LOG_FORMAT']);
const clock = { monotonicMs: () => performance.now(), unixMs: () => Date.now() };

async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = await readSettings(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EX_CONFIG;
  }
  const { config } = settings;
  const log = pino({ level: settings.logLevel, base: { member: config.member } });
  try {
    return await run(settings, log);
  } catch (error) {
    return await fatal(config.directory, log, error);
  }
}

async function run(settings: Settings, log: Pino): Promise<number> {
  const { config, credentials, pod } = settings;
  if (pod !== null) {
    await mkdir(config.directory, { recursive: true });
    await writeFile(config.mysqld.configFile, pod.myCnf, { mode: 0o640 });
  }
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const file = await MemberFile.open({
    directory: config.directory,
    clusterId: config.clusterId,
    member: config.member,
    bootId,
  });
  const cluster = new Cluster({ clock, log });
  const raft = await openRaft(config, cluster.stateMachine);
  const server = createMysqldServer(config, credentials, log);
  const agent = new Agent({
    ...{ config, credentials, clock, log, file, cluster, raft, server },
    ...(pod === null ? {} : { settings: settingsOf(pod, config.mysqld.configFile) }),
  });
  const stop = new AbortController();
  const asked = new Promise<'switchover' | 'stop'>((resolve) => {
    // SIGTERM is a pod's end: service moves on first. SIGINT is the end of the whole cluster.
    process.once('SIGTERM', () => resolve('switchover'));
    process.once('SIGINT', () => resolve('stop'));
  });
  const failed = raft.failed;
  const running = agent.run(stop.signal);
  const identity = pod?.identity ?? null;
  const labelling =
    identity === null
      ? Promise.resolve()
      : keepPodRoles({ cluster, member: config.member, identity, log, signal: stop.signal });
  const end = await Promise.race([asked, failed, running.then(() => 'stop' as const)]);
  if (typeof end !== 'string') {
    log.fatal({ error: end.message }, 'the raft log failed: this process must not go on');
    await server.kill();
    throw end;
  }
  log.info({ signal: end }, 'agent stops');
  await agent.stop(end === 'switchover');
  stop.abort(new Error('the agent stops'));
  await running;
  await labelling;
  await raft.close();
  return 0;
}

/** my.cnf is written beside and renamed: mysqld may start at any moment. */
function settingsOf(
  { cluster, place }: NonNullable<Settings['pod']>,
  configFile: string,
): MysqldSettings {
  return new MysqldSettings({
    cluster,
    write: async (mysql) => {
      await writeFile(`${configFile}.new`, podMyCnf({ ...cluster, mysql }, place), { mode: 0o640 });
      await rename(`${configFile}.new`, configFile);
    },
  });
}

/** Left where the supervisor finds it: why starting again may not help. */
async function fatal(directory: string, log: Pino, error: unknown): Promise<number> {
  const code = String((error as { code?: unknown }).code ?? 'UNEXPECTED');
  const message = error instanceof Error ? error.message : String(error);
  log.fatal({ err: error, code }, 'agent ends');
  const final = FATAL_CODES.has(code) || code.startsWith('RAFT_LOG_');
  if (!final) return 1;
  const folder = join(directory, 'agent');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'fatal.json'),
    `${JSON.stringify({ code, message, atMs: Date.now() })}\n`,
  );
  return EX_CONFIG;
}

process.on('unhandledRejection', (error) => {
  // A promise without an owner is a defect; going on would hide it from whoever decides by it.
  process.stderr.write(
    `unhandled rejection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(70);
});
process.exitCode = await main();
// Sockets of dead peers must not hold a stopped agent.
setTimeout(() => process.exit(), 200).unref();
