#!/usr/bin/env -S node --conditions=@radondb/source
/** The webhook's process. Wiring, signals and exit codes only. */
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { openMountedSecret } from './certificates.ts';
import { ConfigError, readConfig, type WebhookConfig } from './config.ts';
import { apiServerLookUp } from './look-up/api-server-look-up.ts';
import { cachedLookUp } from './look-up/cached-look-up.ts';
import { startWebhook } from './server.ts';

/** sysexits.h: what it was given is wrong; starting it again changes nothing. */
const EX_CONFIG = 78;

async function main(): Promise<number> {
  let config: WebhookConfig;
  try {
    config = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EX_CONFIG;
  }
  const log = pino({ level: config.logLevel });
  const stop = new AbortController();
  const asked = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        resolve(name);
        stop.abort(new Error(`stopped by ${name}`));
      });
    }
  });
  const tls = await openMountedSecret({
    directory: config.certificateDirectory,
    pollMs: config.certificatePollMs,
    log,
    signal: stop.signal,
  }).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    throw error;
  });
  if (tls === undefined) return 0;
  const inner = config.apiServer && apiServerLookUp(config.apiServer);
  const webhook = await startWebhook({
    tls,
    listen: { host: config.host, port: config.port },
    health: { host: config.host, port: config.healthPort },
    settings: config.settings,
    log,
    ...(inner !== undefined && { lookUp: cachedLookUp(inner, () => performance.now()) }),
  });
  log.info({ port: webhook.port, healthPort: webhook.healthPort }, 'the webhook serves');
  const signal = await asked;
  log.info({ signal }, 'the webhook stops');
  webhook.retire();
  // Services send requests here until they have seen the readiness change; a terminal's user waits for nothing.
  if (signal === 'SIGTERM') await setTimeout(config.drainMs);
  await webhook.close();
  inner?.close();
  return 0;
}

process.on('unhandledRejection', (error) => {
  // A promise without an owner is a defect; going on would hide it.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`unhandled rejection: ${text}\n`);
  process.exit(70);
});
process.exitCode = await main();
