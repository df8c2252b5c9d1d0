import { spawn } from 'node:child_process';

/** A server that kubectl can be pointed at; a control plane is one. */
export interface KubectlTarget {
  /** The executable. */
  readonly kubectlFile: string;
  readonly adminKubeconfigPath: string;
  /** Where kubectl may keep what it learns of the server, instead of in the person's home. */
  readonly directory: string;
}

export interface KubectlOptions {
  readonly stdin?: string;
  /** Somebody else's than the administrator's. */
  readonly kubeconfig?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Default a minute; then it is killed, and `code` is null. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface KubectlResult {
  /** Exit code; null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MINUTE_MS = 60_000;

/** Runs kubectl to its end. A code other than 0 is a result. @throws the signal's reason */
export async function kubectl(
  target: KubectlTarget,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const { signal, timeoutMs = MINUTE_MS } = options;
  signal?.throwIfAborted();
  const child = spawn(target.kubectlFile, args, {
    env: {
      ...process.env,
      KUBECONFIG: options.kubeconfig ?? target.adminKubeconfigPath,
      HOME: target.directory,
      KUBECACHEDIR: `${target.directory}/kubectl`,
      // What a person has set for their own kubectl would change what a test sees.
      KUBECTL_EXTERNAL_DIFF: '',
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal && { signal }),
    killSignal: 'SIGKILL',
    timeout: timeoutMs,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A kubectl that refuses its arguments does not read: that is no failure of ours.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once('close', (it) => resolve(it));
  });
  return { code, stdout, stderr };
}
