import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, runCommand } from '../command.ts';
import type { DebianMirror } from './debian-mirror.ts';
import type { DebianArchitecture } from './platform.ts';
import { type PackageFile, parsePrintUris } from './print-uris.ts';
import { ToolMissingError } from './tool-missing-error.ts';

/** sid has MySQL; trixie gives a library that sid can for a while not install. */
const SUITES = ['trixie', 'sid'] as const;
const PACKAGES = ['mysql-server-core', 'mysql-client-core'] as const;

/** apt with its own state, cache and sources: no root needed, nothing of the host changed. */
export type PrivateApt = {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
};

export type PrivateAptOptions = {
  /** An existing empty folder that this apt owns. */
  readonly dir: string;
  readonly mirror: DebianMirror;
  readonly arch: DebianArchitecture;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
};

/** Writes the configuration. The host's own still holds beneath: proxies, certificates, logins. */
export async function createPrivateApt(options: PrivateAptOptions): Promise<PrivateApt> {
  const { dir } = options;
  await mkdir(join(dir, 'state/lists/partial'), { recursive: true });
  await mkdir(join(dir, 'cache/archives/partial'), { recursive: true });
  // An empty status file: nothing counts as installed, so every library comes along.
  await writeFile(join(dir, 'status'), '');
  await writeFile(join(dir, 'debian.sources'), sourcesText(options.mirror));
  const configFile = join(dir, 'apt.conf');
  await writeFile(configFile, configText(dir, options.arch));
  return { configFile, env: { ...options.env, LC_ALL: 'C' }, signal: options.signal };
}

/**
 * Reads the package lists; apt checks their signatures.
 *
 * @throws ToolMissingError `offline` when the mirror does not answer, else `fetch-failed`.
 */
export async function updateLists(apt: PrivateApt): Promise<void> {
  const result = await runApt(apt, ['update']);
  if (result.code === 0) return;
  throw aptError('The package lists cannot be read', result);
}

/** What apt would download for a MySQL server and its clients. @throws ToolMissingError */
export async function resolvePackages(apt: PrivateApt): Promise<PackageFile[]> {
  const args = ['install', '--print-uris', '-y', '--no-install-recommends', '-t', 'sid'];
  const result = await runApt(apt, [...args, ...PACKAGES]);
  if (result.code !== 0) throw aptError('The mirror has no installable MySQL', result);
  const files = parsePrintUris(result.stdout);
  if (files.length === 0) throw aptError('apt names no package to download', result);
  return files;
}

/** apt's words about what went wrong, as the error that a caller sees. */
export function aptError(problem: string, result: CommandResult): ToolMissingError {
  const said = `${result.stderr}\n${result.stdout}`
    .split('\n')
    .filter((line) => /^(E|Err|W):/.test(line))
    .slice(0, 3)
    .join('; ');
  const isOffline =
    /resolv|could not connect|unable to connect|cannot initiate the connection|timed out|unreachable/i;
  const code = isOffline.test(said) ? 'offline' : 'fetch-failed';
  const prefix = code === 'offline' ? 'The Debian mirror cannot be reached' : problem;
  return new ToolMissingError({ code, problem: `${prefix} (${said || `apt: ${result.code}`})` });
}

async function runApt(apt: PrivateApt, args: readonly string[]): Promise<CommandResult> {
  return await runCommand(
    { file: 'apt-get', args: ['-q', '-c', apt.configFile] },
    { args, env: apt.env, signal: apt.signal },
  );
}

function sourcesText(mirror: DebianMirror): string {
  const lines = [
    'Types: deb',
    `URIs: ${mirror.uri}`,
    `Suites: ${SUITES.join(' ')}`,
    'Components: main',
  ];
  const key = mirror.signedBy === null ? [] : [`Signed-By: ${mirror.signedBy}`];
  return `${[...lines, ...key].join('\n')}\n`;
}

function configText(dir: string, arch: DebianArchitecture): string {
  return `Dir::State "${dir}/state";
Dir::State::status "${dir}/status";
Dir::Cache "${dir}/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::sourcelist "${dir}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
#clear APT::Architectures;
APT::Architecture "${arch.name}";
APT::Architectures { "${arch.name}"; };
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
APT::Update::Error-Mode "any";
// apt's download user cannot enter a home folder; these files are only read and digested.
APT::Sandbox::User "root";
Acquire::ForceHash "SHA256";
Acquire::Languages "none";
Acquire::GzipIndexes "false";
Acquire::PDiffs "false";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;
}
