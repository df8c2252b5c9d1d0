/** The settings that a running mysqld takes without a restart, in a pod: all members read one file, and each applies its own part. */
import { checkConfig } from '@radondb/api';
import type { ConfigureRequest } from '@radondb/api/agent-protocol/configure';
import type { ClusterConfig } from '@radondb/api/cluster-config';
import {
  DYNAMIC_VARIABLES,
  type SettingLiteral,
  settingLiteral,
  splitConfig,
} from '@radondb/api/my-cnf/dynamic-variables';

/** One `SET GLOBAL name = value`; null: the server's own default. */
export interface SettingChange {
  readonly name: string;
  readonly value: SettingLiteral | null;
}

/** The settings cannot be applied now, or not at all; `details` says which. */
export class SettingsRefusedError extends Error {
  override readonly name = 'SettingsRefusedError';
  readonly code = 'REFUSED';
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}

/** What differs. Pure. */
export function settingChanges(
  before: ClusterConfig['mysql']['config'],
  after: ClusterConfig['mysql']['config'],
): readonly SettingChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => {
      const value = after[name];
      return { name, value: value === undefined ? null : settingLiteral(name, value) };
    });
}

export interface SettingsDeps {
  /** What the agent has started with. */
  readonly cluster: ClusterConfig;
  /** Writes my.cnf for these settings, for mysqld's next start. */
  readonly write: (mysql: ClusterConfig['mysql']) => Promise<void>;
}

export class Settings {
  readonly #deps: SettingsDeps;
  /** What needs a restart stays what the agent has started with. */
  readonly #restart: ClusterConfig['mysql']['config'];
  #dynamic: ClusterConfig['mysql']['config'];
  #revision: string;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: SettingsDeps) {
    const { mysql, dynamicRevision } = deps.cluster;
    const { dynamic, restart } = splitConfig(mysql.config);
    this.#deps = deps;
    this.#restart = restart;
    this.#dynamic = dynamic;
    this.#revision = dynamicRevision;
  }

  /** What this agent was started with, as the controller names it. */
  get restartRevision(): string {
    return this.#deps.cluster.restartRevision;
  }

  /** What mysqld runs with, as the controller names it. */
  get revision(): string {
    return this.#revision;
  }

  /**
   * my.cnf first: a server that restarts in between has what was asked for. Repeating it is free.
   * @param set carries the changes out on the running server
   * @throws SettingsRefusedError, or what `set` throws: then it is to be asked again
   */
  apply(
    request: ConfigureRequest,
    set: (changes: readonly SettingChange[]) => Promise<void>,
  ): Promise<void> {
    const done = this.#last.then(() => this.#apply(request, set));
    this.#last = done.catch(() => {});
    return done;
  }

  async #apply(
    { revision, config }: ConfigureRequest,
    set: (changes: readonly SettingChange[]) => Promise<void>,
  ): Promise<void> {
    if (revision === this.#revision) return;
    const { mysql } = this.#deps.cluster;
    const problems = [
      ...Object.keys(config)
        .filter((name) => !DYNAMIC_VARIABLES.has(name))
        .map((name) => `${name} needs a restart`),
      ...checkConfig(config, mysql.version).map(({ field, message }) => `${field} ${message}`),
    ];
    if (problems.length > 0)
      throw new SettingsRefusedError('these settings cannot be applied', problems);
    await this.#deps.write({ ...mysql, config: { ...this.#restart, ...config } });
    await set(settingChanges(this.#dynamic, config));
    this.#dynamic = config;
    this.#revision = revision;
  }
}
