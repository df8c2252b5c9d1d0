// Load on the webhook: prints what it bears. See README.md.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleAgent } from '../../box/src/kubelet/agent-bundle.ts';
import {
  DEFAULT_CERTIFICATE_TIMES,
  SECRET_KEYS,
  secretAfter,
} from '../../webhook/src/certificates.ts';
import { type LoadResult, loadAtFullSpeed, loadAtRate, type Target } from './load.ts';

const WEBHOOK = fileURLToPath(new URL('../../webhook/src/main.ts', import.meta.url));
const WARM_UP_SECONDS = 3;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '16' },
  },
});
const [rate, seconds, connections] = [values.rate, values.seconds, values.connections].map(Number);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

const directory = await mkdtemp(join(tmpdir(), 'webhook-bench-'));
let child: ChildProcess | undefined;
try {
  const wishes = { names: ['127.0.0.1'], times: DEFAULT_CERTIFICATE_TIMES };
  const secret = await secretAfter({ do: 'start', why: 'bench' }, {}, Date.now(), wishes);
  for (const key of [SECRET_KEYS.certificate, SECRET_KEYS.key]) {
    await writeFile(join(directory, key), secret[key] ?? '', { mode: 0o600 });
  }
  // As its image has it: one plain file. Stripping types at the start costs as much memory again.
  const program = await bundleAgent(WEBHOOK, join(directory, 'webhook.mjs'));
  child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      RADONDB_WEBHOOK_HOST: '127.0.0.1',
      RADONDB_WEBHOOK_PORT: '0',
      RADONDB_WEBHOOK_HEALTH_PORT: '0',
      RADONDB_WEBHOOK_CERTIFICATES: directory,
      // As its manifest has them.
      MALLOC_ARENA_MAX: '2',
      NODE_OPTIONS:
        process.env['BENCH_NODE_OPTIONS'] ?? '--max-old-space-size=64 --max-semi-space-size=4',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port, healthPort } = await portsOf(child);
  const ca = secret[SECRET_KEYS.authority] ?? '';
  const target: Target = { port, ca, connections: connections ?? 16 };

  const [cpu] = cpus();
  print(
    `machine   ${cpu?.model ?? 'unknown'}, ${availableParallelism()} CPUs, load ${load()}, Node ${process.version}`,
  );
  const idleRss = (await processMetrics(healthPort)).rssBytes;
  await loadAtFullSpeed(target, WARM_UP_SECONDS);
  report(`${rate} a second`, await loadAtRate(target, rate ?? 500, seconds ?? 10));
  const before = await processMetrics(healthPort);
  const full = await loadAtFullSpeed(target, seconds ?? 10);
  const after = await processMetrics(healthPort);
  report('full speed', full);
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  print(
    `a core    ${(full.answers / cpuSeconds).toFixed(0)} reviews per CPU second (${(cpuSeconds / full.seconds).toFixed(2)} CPUs used)`,
  );
  print(`memory    ${mib(idleRss)} before the load, ${mib(after.rssBytes)} after it`);
  print(`machine   load ${load()} at the end`);
} finally {
  if (child !== undefined && child.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
  await rm(directory, { recursive: true });
}

function report(name: string, { answers, seconds: took, latencies }: LoadResult): void {
  const at = (part: number): string =>
    (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0).toFixed(
      2,
    );
  print(
    `${name.padEnd(14)} ${(answers / took).toFixed(0)}/s over ${connections} connections: ` +
      `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );
}

async function portsOf(process: ChildProcess): Promise<{ port: number; healthPort: number }> {
  if (process.stdout === null) throw new Error('the webhook has no output');
  for await (const line of createInterface(process.stdout)) {
    const { msg, port, healthPort } = JSON.parse(line);
    if (msg === 'the webhook serves') return { port, healthPort };
  }
  throw new Error('the webhook ended before it served');
}

async function processMetrics(
  healthPort: number,
): Promise<{ cpuSeconds: number; rssBytes: number }> {
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  const read = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    cpuSeconds: read('process_cpu_seconds_total'),
    rssBytes: read('process_resident_memory_bytes'),
  };
}

function load(): string {
  return loadavg()
    .map((it) => it.toFixed(2))
    .join(' ');
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
