/** The only reader of the controller's environment and arguments. */
import { parseArgs } from 'node:util';
import type { OperatorSettings } from './desired/model-of.ts';
import type { KubeconfigSource } from './runtime/kube/kubeconfig-connection.ts';

/** The controller was started with something that it cannot work with. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG';
}

export interface Settings {
  readonly kubeconfig: KubeconfigSource;
  readonly operator: OperatorSettings;
  /** Unique for a process: its pod's name. */
  readonly instance: string;
  /** Where /healthz, /readyz and /metrics are. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Images of clusters that name none and were not given one by the webhook. */
const MYSQL_IMAGES: OperatorSettings['mysqlImages'] = Object.freeze({
  '9.7': 'mysql:9.7',
  '8.4': 'mysql:8.4',
});

/** @throws ConfigError naming everything that is missing or wrong */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      host: { type: 'string', default: '0.0.0.0' },
      port: { type: 'string', default: '8080' },
    },
  });
  const problems: string[] = [];
  const need = (name: string, what: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set: give it ${what}`);
    return value;
  };
  const operator: OperatorSettings = {
    image: need('RADONDB_OPERATOR_IMAGE', 'the image that the agent is installed from'),
    namespace: need('RADONDB_NAMESPACE', 'the namespace that the controller runs in'),
    mysqlImages: { ...MYSQL_IMAGES, ...readImages(env['RADONDB_MYSQL_IMAGES'], problems) },
  };
  const instance = need('RADONDB_INSTANCE', "a name that no other process has, as the pod's");
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push(`--port ${values.port} is no port (0-65535)`);
  const logLevel = env['RADONDB_LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.includes(logLevel))
    problems.push(`RADONDB_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not ${logLevel}`);
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  const path = values.kubeconfig ?? env['KUBECONFIG'];
  const kubeconfig: KubeconfigSource =
    path === undefined
      ? { kind: 'in-cluster' }
      : { kind: 'file', path, ...(values.context && { context: values.context }) };
  return { kubeconfig, operator, instance, listen: { host: values.host, port }, logLevel };
}

/** `9.7=mirror/mysql:9.7.4,8.4=…`, as the webhook has it. */
function readImages(
  text: string | undefined,
  problems: string[],
): Partial<OperatorSettings['mysqlImages']> {
  const pairs = (text ?? '').split(',').filter((item) => item.trim() !== '');
  const entries = pairs.map((pair) => /^\s*(9\.7|8\.4)=(\S+)\s*$/.exec(pair));
  if (entries.includes(null))
    problems.push('RADONDB_MYSQL_IMAGES must look like 9.7=mirror/mysql:9.7,8.4=mirror/mysql:8.4');
  return Object.fromEntries(entries.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}
