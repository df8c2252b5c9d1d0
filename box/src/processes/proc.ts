import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process as /proc shows it. A pid alone does not name one: the kernel gives it again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, as /proc/PID/stat has it. */
  readonly startTime: string;
}

/** When this process began, in ticks after boot; null when it is gone or only waits to be reaped. */
export async function startTimeOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name stands in parentheses and may hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  return state === 'Z' || state === 'X' || startTime === undefined ? null : startTime;
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(process.pid)) === process.startTime;
}

/** The arguments of a process; empty when it is gone or a kernel thread. */
export async function commandLineOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** All pids of this machine that we may see. */
export async function listPids(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The process that has this file open (`socket:[123]`), as far as we may look; null when none is found. */
export async function pidWithOpenFile(target: string): Promise<number | null> {
  for (const pid of await listPids()) {
    const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const name of names) {
      const link = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '');
      if (link === target) return pid;
    }
  }
  return null;
}

/** This boot of the machine: start times of different boots must not be compared. */
export async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}
