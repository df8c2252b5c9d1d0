import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { seededRandom } from '../checker/random.ts';
import { planFaults } from './fault-plan.ts';
import { LocalCluster, radondbProgram } from './local-cluster.ts';
import { lookAtMachine } from './machine.ts';
import { writeManifest } from './manifest.ts';
import { MysqlDatabase } from './mysql-database.ts';
import { type ChaosOptions, parseOptions, USAGE, UsageError } from './options.ts';
import { closingLine, describeRun, failures, type ReportInput } from './report.ts';
import { runChaos } from './runner.ts';
import { nowMs } from './wait.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const LOOK_EVERY_MS = 50;
const WARM_UP_WRITES = 50;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs everything; whatever happens, the cluster is ended and its processes are gone afterwards. */
async function main(options: ChaosOptions, signal: AbortSignal): Promise<number> {
  const base = options.data ?? (await mkdtemp(join(tmpdir(), 'radondb-chaos-')));
  await mkdir(base, { recursive: true });
  // As /proc shows it in the arguments of the processes.
  const folder = await realpath(base);
  const cluster = new LocalCluster({
    program: radondbProgram(REPOSITORY),
    dataFolder: join(folder, 'data'),
    manifestFile: await writeManifest(REPOSITORY, folder, options.replicas),
    keepData: options.keep,
    logsFolder: join(tmpdir(), `radondb-chaos-logs-${options.seed}-${process.pid}`),
  });
  let isSound = false;
  try {
    const input = await measure(options, { cluster, folder, signal });
    process.stdout.write(describeRun(input));
    if (options.json !== null) await writeFile(options.json, toJson(options, input));
    isSound = failures(input).length === 0;
    if (!isSound) await showLogs(cluster);
    process.stdout.write(closingLine(input.result.faults));
  } catch (error) {
    print(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    await showLogs(cluster);
  } finally {
    if (options.keep) print(`kept: ${folder} (RADONDB_DATA=${join(folder, 'data')})`);
    const problems = await cluster.stop();
    for (const problem of problems) print(`FAILED: ${problem}`);
    if (problems.length > 0) isSound = false;
    if (options.data === null && !options.keep) await rm(folder, { recursive: true, force: true });
  }
  return isSound ? 0 : 1;
}

async function measure(
  options: ChaosOptions,
  where: { cluster: LocalCluster; folder: string; signal: AbortSignal },
): Promise<ReportInput> {
  const { seed, pace, kinds, minimumFaults } = options;
  const { cluster, folder, signal } = where;
  const start = await lookAtMachine(folder);
  print(
    `chaos: ${options.faults} faults, seed ${seed}, ${options.replicas} members, ${options.clients} clients, ${options.rate} operations/s`,
  );
  const startedAtMs = nowMs();
  await cluster.start(signal);
  print(`the cluster is Ready after ${((nowMs() - startedAtMs) / 1_000).toFixed(1)} s`);
  const database = new MysqlDatabase(await cluster.credentials());
  const result = await runChaos(
    {
      faults: planFaults({ seed, pace, kinds, count: options.faults }),
      members: options.replicas,
      clients: options.clients,
      rate: options.rate,
      random: seededRandom(seed).fork('workload'),
      healDeadlineMs: options.healMs,
      lookEveryMs: LOOK_EVERY_MS,
      warmUpWrites: WARM_UP_WRITES,
      budgetMs: options.budgetMs,
      minimumFaults: options.minimumFaults,
      limitMs: options.limitMs,
    },
    { cluster, database, print, signal },
  );
  return { seed, result, minimumFaults, machine: { start, end: await lookAtMachine(folder) } };
}

async function showLogs(cluster: LocalCluster): Promise<void> {
  const logs = await cluster.saveLogs();
  if (logs.length > 0) print(`logs were saved:\n  ${logs.join('\n  ')}`);
}

function toJson(options: ChaosOptions, input: ReportInput): string {
  const { verdict, ...result } = input.result;
  const value = { options, machine: input.machine, result, verdict, failures: failures(input) };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The exit code: 0 sound, 1 not, 2 wrong usage, 130 given up by a person. */
async function run(): Promise<number> {
  const giveUp = new AbortController();
  let gaveUp = false;
  let broke = false;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!gaveUp) print(`${name}: ending the cluster`);
      gaveUp = true;
      giveUp.abort();
    });
  }
  process.on('uncaughtException', (error) => {
    print(`FAILED: ${error.stack ?? error.message}`);
    broke = true;
    giveUp.abort();
  });
  try {
    const options = parseOptions(process.argv.slice(2), () => randomInt(1, 2 ** 31));
    if (options === null) {
      print(USAGE);
      return 0;
    }
    const code = await main(options, giveUp.signal);
    if (broke) return 1;
    return gaveUp ? 130 : code;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    return 2;
  }
}

process.exitCode = await run();
