#!/usr/bin/env -S node --conditions=@radondb/source
/** The controller: wiring, signals and exit codes only. */
import { randomBytes } from 'node:crypto';
import { type Logger, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { ConfigError, readSettings, type Settings } from './config.ts';
import { runControllers } from './controller.ts';
import { startHealthServer } from './health-server.ts';
import { createKubeClient } from './runtime/kube/kube-client.ts';
import { connectByKubeconfig } from './runtime/kube/kubeconfig-connection.ts';
import { createTransport } from './runtime/kube/transport.ts';
import { runElected } from './runtime/leader/run-elected.ts';
import { createRuntimeMetrics } from './runtime/metrics.ts';
import { createSources } from './sources.ts';
import { keepWebhookCertificates } from './webhook-certificates.ts';

/** sysexits.h: what it was given is wrong; starting it again changes nothing. */
const EX_CONFIG = 78;
const LEASE = 'radondb-controller';

async function main(): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EX_CONFIG;
  }
  const logger = pino({ level: settings.logLevel, base: { instance: settings.instance } });
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => stop.abort(new Error(`${name} was received`)));
  try {
    await run(settings, logger, stop.signal);
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, 'the controller ends');
    return 1;
  }
}

async function run(settings: Settings, logger: Logger, stop: AbortSignal): Promise<void> {
  const { operator, instance, listen } = settings;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createRuntimeMetrics(registry);
  const transport = createTransport(await connectByKubeconfig(settings.kubeconfig));
  const client = createKubeClient({ transport, observer: metrics.calls });
  const sources = createSources({ client, logger, observer: metrics.reflectors });
  for (const reflector of sources.reflectors) metrics.watchReflector(reflector);
  const health = await startHealthServer({
    ...listen,
    registry,
    isReady: () => sources.hasSynced,
  });
  logger.info({ port: health.port }, 'controller runs');
  // A standby fills its caches too: it has to list nothing when it takes over.
  const over = new AbortController();
  const following = sources.run(over.signal);
  try {
    await runElected({
      ...{ client, stop, logger, lease: { namespace: operator.namespace, name: LEASE } },
      identity: `${instance}_${randomBytes(4).toString('hex')}`,
      onLeaderChange: ({ isMe }) => metrics.setLeading(LEASE, isMe),
      work: async (term) => {
        const fenced = createKubeClient({ transport, guard: term, observer: metrics.calls });
        const done = new AbortController();
        const signal = AbortSignal.any([stop, term.signal, done.signal]);
        const certificates = keepWebhookCertificates({ transport, guard: term, signal, logger });
        await runControllers({
          ...{ client: fenced, sources, operator, instance, logger, metrics, stop },
          fence: term.signal,
        });
        done.abort(new Error('the controllers have stopped'));
        await certificates;
      },
    });
  } finally {
    over.abort(new Error('the controller ends'));
    await following;
    await health.close();
    transport.close();
  }
}

process.on('unhandledRejection', (error) => {
  // A promise without an owner is a defect; going on would hide it.
  process.stderr.write(
    `unhandled rejection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(70);
});
process.exitCode = await main();
// Idle sockets must not hold a controller that has stopped.
setTimeout(() => process.exit(), 200).unref();
