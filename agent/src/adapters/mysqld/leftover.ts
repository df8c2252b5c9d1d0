import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/** Processes with `--datadir=FOLDER` among their arguments: a mysqld that outlived the agent that started it. */
export async function findServersOf(dataFolder: string): Promise<readonly number[]> {
  const wanted = `--datadir=${dataFolder}`;
  const found: number[] = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if ((await argumentsOf(pid)).includes(wanted)) found.push(pid);
  }
  return found;
}

/**
 * SIGKILLs mysqlds of a killed predecessor and waits until they are gone. Their lock on the files would fail a start, and files that
 * somebody still writes must not be read as a member's content (I3).
 */
export async function killServersOf(
  dataFolder: string,
  deadlineMs: number,
): Promise<readonly number[]> {
  const pids = await findServersOf(dataFolder);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
  const deadline = performance.now() + deadlineMs;
  for (const pid of pids) {
    // A zombie has no arguments any more: it holds no file.
    while ((await argumentsOf(pid)).includes(`--datadir=${dataFolder}`)) {
      if (performance.now() > deadline)
        throw new Error(`mysqld ${pid} of ${dataFolder} does not die of SIGKILL`);
      await delay(POLL_MS);
    }
  }
  return pids;
}

async function argumentsOf(pid: number): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  } catch {
    // It has ended in between.
    return [];
  }
}
