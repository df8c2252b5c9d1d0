import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AgentConfig, AgentCredentials } from '../../agent-config.ts';
import { syncTree } from './durable-files.ts';
import { MysqldStartError } from './errors.ts';
import { initFileContent } from './init-sql.ts';
import { logSize, readLogTail } from './log-tail.ts';
import { type MysqldProcess, spawnMysqld } from './mysqld-process.ts';
import { initialiseArgs } from './server-args.ts';

/**
 * Creates an empty server with the internal accounts in `folder`, which must not exist. Synced, but not yet in anybody's place.
 * @throws MysqldStartError
 */
export async function createEmptyServer(options: {
  readonly config: AgentConfig;
  readonly credentials: AgentCredentials;
  readonly folder: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { config, folder, logFile, signal } = options;
  signal.throwIfAborted();
  await mkdir(folder, { mode: 0o750 });
  // Beside the folder: mysqld wants it empty. It holds passwords, so only its owner reads it, and it lives as long as needed.
  const initFile = `${folder}.sql`;
  await writeSecret(initFile, initFileContent(options.credentials));
  const logStart = await logSize(logFile);
  let child: MysqldProcess | null = null;
  const onAbort = () => child?.signal('SIGKILL');
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    child = await spawnMysqld(config, initialiseArgs(config, folder, initFile), logFile);
    if (signal.aborted) child.signal('SIGKILL');
    const exit = await child.exited;
    signal.throwIfAborted();
    if (exit.code !== 0) {
      const { lines, hint } = await readLogTail(logFile, logStart);
      throw new MysqldStartError(
        `mysqld could not create ${path.basename(folder)} (${exit.signal ?? `code ${exit.code}`})`,
        hint,
        lines,
      );
    }
    await syncTree(folder);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await rm(initFile, { force: true });
  }
}

async function writeSecret(file: string, content: string): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
}
