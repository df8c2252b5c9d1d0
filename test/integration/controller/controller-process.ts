/** The controller as a process of its own, with the rights that its manifests give it and no others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../controller/src/main.ts', import.meta.url));

export interface ControllerProcess {
  /** What it has logged; pino's lines. */
  readonly log: () => string;
  /** Resolves when it has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

export function startController(kubeconfig: string): ControllerProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      '--conditions=@radondb/source',
      MAIN,
      ...['--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', '0'],
    ],
    {
      env: {
        PATH: process.env['PATH'],
        RADONDB_OPERATOR_IMAGE: 'radondb/mysql-operator:test',
        RADONDB_NAMESPACE: 'radondb-system',
        RADONDB_INSTANCE: 'test',
        RADONDB_LOG_LEVEL: 'debug',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString('utf8')).slice(-400_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    log: () => text,
    kill: async (signal) => {
      child.kill(signal);
      return await ended;
    },
  };
}
