import { type CommandSpec, runCommand } from '../command.ts';
import { missingPlugins } from './plugins.ts';
import { parseMysqldVersion, whyUnusable } from './version.ts';

/** What a started mysqld said about itself, or why it cannot be used (a phrase for a person). */
export type Inspection =
  | { readonly ok: true; readonly version: string; readonly pluginDir: string }
  | { readonly ok: false; readonly reason: string };

export type InspectOptions = {
  /** Where the plugins are; when absent the server is asked. */
  readonly pluginDir?: string;
  readonly signal?: AbortSignal | undefined;
};

// A cold cache on a slow disk needs seconds; a hung wrapper script must not hang the search.
const ANSWER_WITHIN_MS = 20_000;

/** Really starts `mysqld --version` and looks for the plugins. Throws only when aborted. */
export async function inspectMysqld(
  mysqld: CommandSpec,
  options: InspectOptions = {},
): Promise<Inspection> {
  const said = await ask(mysqld, ['--no-defaults', '--version'], options.signal);
  if (typeof said !== 'string') return said;
  const version = parseMysqldVersion(said);
  if (version === null) {
    return unusable(`its --version says nothing known: ${firstLine(said)}`);
  }
  const objection = whyUnusable(version);
  if (objection !== null) return unusable(objection);
  const pluginDir = options.pluginDir ?? (await askPluginDir(mysqld, options.signal));
  if (pluginDir === null) return unusable('it does not say where its plugins are (plugin-dir)');
  const missing = await missingPlugins(pluginDir);
  if (missing.length > 0) {
    return unusable(`plugins are missing in ${pluginDir}: ${missing.join(', ')}`);
  }
  return { ok: true, version: version.version, pluginDir };
}

/** True when the client program starts and is MySQL's, not MariaDB's program of the same name. */
export async function isMysqlClient(
  client: CommandSpec,
  signal?: AbortSignal | undefined,
): Promise<boolean> {
  const said = await ask(client, ['--no-defaults', '--version'], signal);
  return typeof said === 'string' && whyUnusableClient(said) === null;
}

function whyUnusableClient(said: string): string | null {
  const version = parseMysqldVersion(said);
  return version === null ? 'unknown' : whyUnusable(version);
}

async function askPluginDir(
  mysqld: CommandSpec,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  const said = await ask(mysqld, ['--no-defaults', ...asRoot, '--verbose', '--help'], signal);
  if (typeof said !== 'string') return null;
  return /^plugin-dir\s+(\S.*?)\/?\s*$/m.exec(said)?.[1] ?? null;
}

async function ask(
  command: CommandSpec,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | { readonly ok: false; readonly reason: string }> {
  try {
    const result = await runCommand(command, { args, signal, timeoutMs: ANSWER_WITHIN_MS });
    if (result.code === 0) return result.stdout;
    return unusable(`it ends with ${result.code ?? 'a signal'}: ${firstLine(result.stderr)}`);
  } catch (error) {
    signal?.throwIfAborted();
    return unusable(`it does not start: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unusable(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
