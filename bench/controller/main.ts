// A fleet on the controller's runtime: prints memory, latency and cold start. See README.md.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleAgent } from '../../box/src/kubelet/agent-bundle.ts';
import { create, put } from '../../controller/test/support/direct.ts';
import { FakeApiServer } from '../../controller/test/support/fake-api-server.ts';
import type { FromSubject } from './subject.ts';
import { makeFleet } from './synthetic.ts';

const SUBJECT = fileURLToPath(new URL('./subject.ts', import.meta.url));
/** Of everything that is waited for. Milliseconds. */
const DEADLINE_MS = 120_000;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '1000' },
    pods: { type: 'string', default: '3' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '15' },
  },
});
const clusters = Number(values.clusters);
const podsPerCluster = Number(values.pods);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?';

const directory = await mkdtemp(join(tmpdir(), 'controller-bench-'));
const server = await FakeApiServer.start();
let subject: ChildProcess | undefined;
try {
  const fleet = makeFleet({ clusters, podsPerCluster });
  for (const objects of fleet.values()) for (const object of objects) create(server, object);
  const total = [...fleet.values()].reduce((sum, objects) => sum + objects.length, 0);
  const [cpu] = cpus();
  print(
    `machine   ${cpu?.model}, ${availableParallelism()} CPUs, load ${load()}, Node ${process.version}`,
  );
  print(
    `fleet     ${clusters} clusters, ${clusters * podsPerCluster} pods, ${total} objects in all`,
  );
  // As its image has it: one plain file. Stripping types at the start costs as much memory again.
  const program = await bundleAgent(SUBJECT, join(directory, 'subject.mjs'));
  const startedAt = performance.now();
  subject = fork(program, [kubeconfigOf(server.url), String(clusters)], {
    execArgv: ['--max-old-space-size=192', '--max-semi-space-size=4'],
    env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '2' },
  });
  await answerOf(subject, 'settled');
  print(
    `cold start  ${((performance.now() - startedAt) / 1000).toFixed(1)} s from exec to every cluster's status written`,
  );
  await ask(subject, 'latencies');
  await sendEvents();
  const { began, ended } = await ask(subject, 'latencies');
  print(`events    ${began.length} of ${rate * seconds}, ${rate} a second`);
  print(`  event → reconcile begins   ${percentiles(began)}`);
  print(`  event → status written     ${percentiles(ended)}`);
  const { rssBytes, heapBytes, peakBytes } = await ask(subject, 'memory');
  print(
    `memory    ${mib(rssBytes)} RSS, ${mib(peakBytes)} at its peak, ${mib(heapBytes)} heap in use`,
  );
  print(`machine   load ${load()} at the end`);
} finally {
  if (subject !== undefined && subject.exitCode === null) {
    const gone = once(subject, 'exit');
    subject.send('stop');
    await gone;
  }
  await server.close();
  await rm(directory, { recursive: true, force: true });
}

/** By the clock, whatever became of the earlier ones; then until all have arrived. */
async function sendEvents(): Promise<void> {
  const startedAt = performance.now();
  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(
      rate * seconds,
      Math.floor(((performance.now() - startedAt) / 1000) * rate),
    );
    for (; sent < due; sent += 1) {
      // A step that shares no divisor with the number of pods visits each of them before any again.
      const pod = (sent * 7919) % (clusters * podsPerCluster);
      const name = `db-${Math.floor(pod / podsPerCluster)}-${pod % podsPerCluster}`;
      const stamp = String(Number(process.hrtime.bigint()) / 1e6);
      const metadata = { namespace: 'fleet', name, annotations: { 'bench/sent': stamp } };
      put(server, { apiVersion: 'v1', kind: 'Pod', metadata });
    }
    await sleep(2);
  }
  await sleep(2_000);
}

type Answer<Kind extends FromSubject['kind']> = Extract<FromSubject, { readonly kind: Kind }>;

async function ask<Kind extends FromSubject['kind']>(
  from: ChildProcess,
  kind: Kind,
): Promise<Answer<Kind>> {
  const answer = answerOf(from, kind);
  from.send(kind);
  return await answer;
}

function answerOf<Kind extends FromSubject['kind']>(
  from: ChildProcess,
  kind: Kind,
): Promise<Answer<Kind>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      from.off('message', answered);
      from.off('exit', exited);
      act();
    };
    const answered = (message: FromSubject): void => {
      if (message.kind === kind) settle(() => resolve(message as Answer<Kind>));
    };
    const exited = (code: number | null): void =>
      settle(() => reject(new Error(`the measured process has ended with code ${code}`)));
    const late = new Error(`no ${kind} from the measured process within ${DEADLINE_MS} ms`);
    const timer = setTimeout(() => settle(() => reject(late)), DEADLINE_MS);
    from.on('message', answered);
    from.on('exit', exited);
  });
}

function kubeconfigOf(url: string): string {
  const name = 'bench';
  return JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

function percentiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1)} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)}`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
