import { readFile, readlink } from 'node:fs/promises';

/** Names one process for good: a bare pid would be taken over by a later process. */
export type Owner = {
  readonly pid: number;
  /** When the kernel started it, in clock ticks since boot. */
  readonly startTicks: string;
  /** Boot and pid namespace: in another one this pid says nothing. */
  readonly world: string;
};

/** This process. */
export async function currentOwner(): Promise<Owner> {
  return { pid: process.pid, startTicks: await startTicks(process.pid), world: await world() };
}

/**
 * `gone` and `alive` are certain; `unknown`: the owner lives in another container or machine that
 * shares the folder, or is of before the last boot, and only time can tell.
 */
export async function stateOfOwner(owner: Owner): Promise<'alive' | 'gone' | 'unknown'> {
  if (owner.world !== (await world())) return 'unknown';
  const ticks = await startTicks(owner.pid).catch(() => null);
  return ticks === owner.startTicks ? 'alive' : 'gone';
}

/** `pid-ticks-world`, fit for a file name. */
export function formatOwner(owner: Owner): string {
  return `${owner.pid}-${owner.startTicks}-${owner.world}`;
}

/** Reads what `formatOwner` wrote; null for anything else. */
export function parseOwner(text: string): Owner | null {
  const found = /^(?<pid>\d+)-(?<ticks>\d+)-(?<world>[\w.]+)$/.exec(text.trim())?.groups;
  const { pid, ticks, world: place } = found ?? {};
  if (pid === undefined || ticks === undefined || place === undefined) return null;
  return { pid: Number(pid), startTicks: ticks, world: place };
}

async function startTicks(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Field 3 is the first of these, and a zombie ('Z') owns nothing any more.
  if (fields[0] === 'Z') throw new Error(`process ${pid} has ended`);
  return fields[19] ?? '0';
}

async function world(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${namespace.replace(/\D/g, '')}.${boot.trim().slice(0, 8)}`;
}
