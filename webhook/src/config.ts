/** The only reader of the webhook's environment. */
import type { ApiServerAddress } from './look-up/api-server-look-up.ts';
import type { ReviewSettings } from './review/kinds/kind-rules.ts';

/** The webhook was started with something that it cannot work with. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
}

export interface WebhookConfig {
  readonly host: string;
  /** HTTPS. */
  readonly port: number;
  /** Plain HTTP: probes and metrics. */
  readonly healthPort: number;
  /** Where the Secret with `tls.crt` and `tls.key` is mounted. */
  readonly certificateDirectory: string;
  /** Between looks at it. Milliseconds. */
  readonly certificatePollMs: number;
  /** From SIGTERM until it stops listening: Services have taken it out by then. Milliseconds. */
  readonly drainMs: number;
  readonly logLevel: string;
  readonly settings: ReviewSettings;
  /** Undefined outside a pod. */
  readonly apiServer: ApiServerAddress | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** @throws ConfigError that names every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv): WebhookConfig {
  const problems: string[] = [];
  const whole = (name: string, absent: number, maximum: number): number => {
    const text = env[name] ?? String(absent);
    if (/^\d{1,9}$/.test(text) && Number(text) <= maximum) return Number(text);
    problems.push(`${name} must be a whole number up to ${maximum}, not ${JSON.stringify(text)}`);
    return absent;
  };
  const logLevel = env['RADONDB_LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    problems.push(`RADONDB_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${logLevel}`);
  }
  const config: WebhookConfig = {
    host: env['RADONDB_WEBHOOK_HOST'] ?? '::',
    port: whole('RADONDB_WEBHOOK_PORT', 9443, 65_535),
    healthPort: whole('RADONDB_WEBHOOK_HEALTH_PORT', 8080, 65_535),
    certificateDirectory: env['RADONDB_WEBHOOK_CERTIFICATES'] ?? '/etc/radondb/webhook',
    certificatePollMs: whole('RADONDB_WEBHOOK_CERTIFICATE_POLL_MS', 10_000, 3_600_000),
    drainMs: whole('RADONDB_WEBHOOK_DRAIN_MS', 5_000, 600_000),
    logLevel,
    settings: { images: readImages(env['RADONDB_MYSQL_IMAGES'], problems) },
    apiServer: readApiServer(env),
  };
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return config;
}

/** `9.7=registry/mysql:9.7.4,8.4=…`: the images of today, pinned in new clusters. */
function readImages(text: string | undefined, problems: string[]): ReviewSettings['images'] {
  const pairs = (text ?? '').split(',').filter((item) => item.trim() !== '');
  const entries = pairs.map((pair) => /^\s*(\d+\.\d+)=(\S+)\s*$/.exec(pair));
  if (entries.includes(null)) {
    problems.push(
      'RADONDB_MYSQL_IMAGES must look like 9.7=registry/mysql:9.7,8.4=registry/mysql:8.4',
    );
  }
  return Object.fromEntries(entries.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}

/** The kubelet sets both variables in every pod. */
function readApiServer(env: NodeJS.ProcessEnv): ApiServerAddress | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = Number(env['KUBERNETES_SERVICE_PORT']);
  if (host === undefined || !Number.isInteger(port)) return undefined;
  return { host, port, caFile: `${SERVICE_ACCOUNT}/ca.crt`, tokenFile: `${SERVICE_ACCOUNT}/token` };
}
