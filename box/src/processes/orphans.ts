import { basename } from 'node:path';
import { MachineError } from '../errors.ts';
import { endAll, signalAll, waitForEnd } from './end-processes.ts';
import { commandLineOf, listPids, type ProcessIdentity, startTimeOf } from './proc.ts';

export interface Orphan extends ProcessIdentity {
  readonly kind: 'agent' | 'control-plane' | 'mysqld';
}

/**
 * Agents, mysqlds and control planes whose files are below `folder`. Found by their command lines and not by
 * pid files alone: a pid file may be lost or speak of a process that has long been another.
 */
export async function findOrphans(folder: string): Promise<readonly Orphan[]> {
  const found: Orphan[] = [];
  for (const pid of await listPids()) {
    if (pid === process.pid) continue;
    const kind = kindOf(await commandLineOf(pid), folder);
    if (kind === null) continue;
    const startTime = await startTimeOf(pid);
    if (startTime !== null) found.push({ pid, startTime, kind });
  }
  return found;
}

/** What a command line is to us: null for an editor or a `tail` that merely names one of our files. */
export function kindOf(commandLine: readonly string[], folder: string): Orphan['kind'] | null {
  const prefix = `${folder}/`;
  if (!commandLine.some((word) => word.includes(prefix))) return null;
  const program = basename(commandLine[0] ?? '');
  // A private MySQL is started through its own dynamic loader, which names it a few words later.
  const starts = /^(setpriv|ld-)/.test(program) ? commandLine.slice(0, 8) : [program];
  if (starts.some((word) => basename(word) === 'mysqld')) return 'mysqld';
  const isNode = /^(node|setpriv)/.test(program);
  if (isNode && commandLine.includes('--cluster-config')) return 'agent';
  return isNode && commandLine.includes('--service-network') ? 'control-plane' : null;
}

/**
 * Ends what a box that was killed has left behind, and waits for it. Agents first, so that none starts
 * its mysqld again; a mysqld is killed, never asked: a graceful stop of a primary can release commits
 * that nobody acknowledged (ha.md, I7).
 *
 * @throws MachineError when something does not end.
 */
export async function endOrphans(folder: string): Promise<readonly Orphan[]> {
  const orphans = await findOrphans(folder);
  if (orphans.length === 0) return [];
  const stubborn = await endAll(
    orphans.filter(({ kind }) => kind !== 'mysqld'),
    8_000,
  );
  const rest = (await findOrphans(folder)).filter(({ kind }) => kind === 'mysqld');
  signalAll(rest, 'SIGKILL');
  const left = [...stubborn, ...(await waitForEnd(rest, 10_000))];
  if (left.length > 0) {
    const pids = left.map(({ pid }) => pid).join(' ');
    throw new MachineError(`Processes of an earlier run do not end: kill -9 ${pids}`);
  }
  return orphans;
}
