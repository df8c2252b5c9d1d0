import { join } from 'node:path';
import { type CommandResult, runCommand } from '../command.ts';
import type { Go } from './go.ts';
import { KubeMissingError } from './kube-missing-error.ts';
import { KUBE_PARTS, type KubePartName } from './parts.ts';
import type { BuildProgress } from './types.ts';

export type CompileOptions = {
  readonly go: Go;
  /** The folder of the go.mod files. */
  readonly pinsDir: string;
  readonly part: KubePartName;
  /** The pinned version, which is linked in: `1.36.3`. */
  readonly version: string;
  /** The executable to write. */
  readonly output: string;
  readonly onProgress: (progress: BuildProgress) => void;
  readonly signal: AbortSignal | undefined;
};

/** Builds one program. @throws KubeMissingError `offline`, `disk-full` or `build-failed`. */
export async function compile(options: CompileOptions): Promise<void> {
  const { go, part, output, signal } = options;
  const { main, pins } = KUBE_PARTS[part];
  const { env } = go;
  const cwd = join(options.pinsDir, pins);
  const say = (step: 'list' | 'download' | 'compile', detail: string) =>
    options.onProgress({ step, part, detail });
  say('list', 'the list of packages');
  const onDownload = onLines((line) => {
    const module = /^go: downloading (\S+)/.exec(line)?.[1];
    if (module !== undefined) say('download', module);
  });
  const list = await runCommand(
    { file: go.file, args: ['list', '-mod=readonly', '-deps', main] },
    { env, cwd, onStderr: onDownload, signal },
  );
  if (list.code !== 0) throw buildError(part, list);
  const total = list.stdout.trim().split('\n').length;
  let done = 0;
  say('compile', `0 of ${total} packages`);
  // -v names each package when its turn comes; one that go has compiled before is not named.
  const onPackage = onLines((line) => {
    if (!isPackage(line)) return;
    done += 1;
    say('compile', `${done} of ${total} packages`);
  });
  const build = await runCommand(
    { file: go.file, args: buildArgs(part, options.version) },
    { args: ['-o', output, main], env, cwd, onStderr: onPackage, signal },
  );
  if (build.code !== 0) throw buildError(part, build);
}

/** The same every time, or nothing that go has compiled before is of use. */
function buildArgs(part: KubePartName, version: string): string[] {
  const linked = Object.entries(KUBE_PARTS[part].linked(version));
  const defines = linked.map(([variable, value]) => `-X ${variable}=${value}`);
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-v'];
  return ['build', ...flags, '-ldflags', ['-s', '-w', ...defines].join(' ')];
}

/** What go says about a failure, as the error that a caller sees. */
export function buildError(part: KubePartName, result: CommandResult): KubeMissingError {
  const said = result.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('go: downloading') && !isPackage(line))
    .slice(-4)
    .join('; ');
  const code = codeOf(said);
  const problem =
    code === 'offline' ? 'The Go module proxy cannot be reached' : `${part} cannot be built`;
  return new KubeMissingError({
    code,
    problem: `${problem} (${said || `go: ${result.code ?? 'a signal'}`})`,
    missing: [part],
  });
}

function codeOf(said: string): 'disk-full' | 'offline' | 'build-failed' {
  if (/no space left/i.test(said)) return 'disk-full';
  const isOffline = /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect/i;
  return isOffline.test(said) ? 'offline' : 'build-failed';
}

/** An import path alone on its line. */
function isPackage(line: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(line);
}

/** Calls back for each whole line of a text that comes in pieces. */
function onLines(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
