import { type CommandSpec, runCommand } from '../command.ts';
import { KubeMissingError } from '../kube/kube-missing-error.ts';
import { describeKubeParts, describeSource } from '../kube/report.ts';
import { ToolMissingError } from '../mysqld/tool-missing-error.ts';
import type { MysqlInstallation, PassedOver } from '../mysqld/types.ts';
import { findOnPath } from '../on-path.ts';

/** One program that this project runs. */
export type Part = {
  readonly name: string;
  readonly isRequired: boolean;
  /** What it is needed for. */
  readonly purpose: string;
  readonly state: PartState;
};

export type PartState =
  | {
      readonly found: true;
      /** `PATH`, `RADONDB_MYSQLD`, `KUBEBUILDER_ASSETS`, `user cache`, `fetched now`, `this process`. */
      readonly from: string;
      readonly path: string;
      readonly version: string;
    }
  | { readonly found: false; readonly reason: string };

export type PartsReport = {
  readonly parts: readonly Part[];
  readonly passedOver: readonly PassedOver[];
  readonly notes: readonly string[];
};

const FROM = {
  env: 'RADONDB_MYSQLD',
  path: 'PATH',
  cache: 'user cache',
  fetched: 'fetched now',
} as const;

/** Where each program is. `mysql` is what the search for mysqld gave, or why it failed. */
export async function describeParts(
  mysql: MysqlInstallation | ToolMissingError,
  env: NodeJS.ProcessEnv,
): Promise<PartsReport> {
  const isMissing = mysql instanceof ToolMissingError;
  const program = async (name: 'mysqld' | 'mysql' | 'mysqlbinlog'): Promise<PartState> => {
    if (isMissing) return { found: false, reason: name === 'mysqld' ? mysql.message : 'no mysqld' };
    const command = mysql[name];
    if (command === null) return { found: false, reason: 'not beside mysqld and not on PATH' };
    const path = command.args.at(-1) ?? command.file;
    const version = name === 'mysqld' ? mysql.version : await versionOf(command);
    return { found: true, from: FROM[mysql.source], path, version };
  };
  const isLinux = process.platform === 'linux';
  const parts: Part[] = [
    { name: 'node', isRequired: true, purpose: 'runs everything', state: nodeState() },
    { name: 'mysqld', isRequired: true, purpose: 'the database', state: await program('mysqld') },
    { name: 'mysql', isRequired: false, purpose: 'a shell', state: await program('mysql') },
    {
      name: 'mysqlbinlog',
      isRequired: false,
      purpose: 'binary log backups',
      state: await program('mysqlbinlog'),
    },
    {
      name: 'setpriv',
      isRequired: isLinux,
      purpose: 'mysqld ends with its agent (local mode)',
      state: await onPath('setpriv', env),
    },
    ...(await kubeParts(env)),
  ];
  return {
    parts,
    passedOver: mysql.passedOver,
    notes: isMissing ? [] : mysql.notes,
  };
}

async function kubeParts(env: NodeJS.ProcessEnv): Promise<Part[]> {
  return (await describeKubeParts(env)).map(({ name, purpose, found }) => ({
    name,
    isRequired: false,
    purpose,
    state:
      found instanceof KubeMissingError
        ? { found: false, reason: whyNot(found) }
        : {
            found: true,
            from: describeSource(name, found.source),
            path: found.file,
            version: found.version,
          },
  }));
}

/** The table's closing line says once for all how they are built. */
function whyNot(error: KubeMissingError): string {
  if (error.code !== 'not-found') return error.message;
  const seen = error.passedOver.map((it) => `; passed over ${it.path}: ${it.reason}`).join('');
  return `not in KUBEBUILDER_ASSETS, on PATH or in the user cache${seen}`;
}

function nodeState(): PartState {
  const major = Number(process.versions.node.split('.', 1)[0]);
  if (major < 24) return { found: false, reason: `this is ${process.version}; run npm ci first` };
  return { found: true, from: 'this process', path: process.execPath, version: process.version };
}

async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<PartState> {
  const [file] = await findOnPath(name, env);
  if (file === undefined) return { found: false, reason: 'not on PATH; install util-linux' };
  return { found: true, from: 'PATH', path: file, version: await versionOf({ file, args: [] }) };
}

async function versionOf(command: CommandSpec): Promise<string> {
  const result = await runCommand(command, { args: ['--version'], timeoutMs: 20_000 }).catch(
    () => null,
  );
  return /\d+\.\d+(\.\d+)?/.exec(result?.stdout ?? '')?.[0] ?? 'unknown';
}
