import { runCommand } from '../command.ts';
import { findOnPath } from '../on-path.ts';
import { KubeMissingError } from './kube-missing-error.ts';
import type { KubePartName } from './parts.ts';

/** The Go that builds, and where it keeps what it downloads and compiles. */
export type Go = {
  readonly file: string;
  /** `go1.26.8` */
  readonly version: string;
  readonly buildCache: string;
  readonly env: NodeJS.ProcessEnv;
};

export type GoOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly pinsDir: string;
  readonly missing: readonly KubePartName[];
  readonly signal: AbortSignal | undefined;
};

/**
 * Go from PATH. It is asked in the folder of the go.mod, where an older one (1.21 or newer) gets the
 * version that the go.mod names by itself, unless GOTOOLCHAIN forbids it.
 *
 * @throws KubeMissingError `go-missing` or `go-unusable`.
 */
export async function findGo(options: GoOptions): Promise<Go> {
  const { missing, pinsDir: cwd, signal } = options;
  const [file] = await findOnPath('go', options.env);
  if (file === undefined) {
    const problem = `${missing.join(', ')} must be built, and there is no go on PATH`;
    throw new KubeMissingError({ code: 'go-missing', problem, missing });
  }
  // The person's own flags and workspace are for the person's own code; without cgo the programs
  // need nothing of this machine.
  const env = { ...options.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  const args = ['env', 'GOVERSION', 'GOCACHE'];
  const { code, stdout, stderr } = await runCommand({ file, args }, { env, cwd, signal });
  const [version = '', buildCache = ''] = stdout.trim().split('\n');
  if (code === 0 && version !== '') return { file, version, buildCache, env };
  throw new KubeMissingError({
    code: 'go-unusable',
    problem: `${file} cannot build ${missing.join(', ')}: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    missing,
  });
}
