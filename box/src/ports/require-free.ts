import { readFile } from 'node:fs/promises';
import { PortInUseError } from '../errors.ts';
import { commandLineOf, pidWithOpenFile } from '../processes/proc.ts';
import { isFreePort, LOOPBACK } from './free-port.ts';

/** A port and what it is for, in words: `the raft port of demo-0`. */
export interface NamedPort {
  readonly port: number;
  readonly what: string;
}

/** @throws PortInUseError that names every port that somebody else has, and who as far as we can see. */
export async function requireFreePorts(ports: readonly NamedPort[]): Promise<void> {
  const complaints: string[] = [];
  for (const { port, what } of ports) {
    if (await isFreePort(port)) continue;
    complaints.push(`${LOOPBACK}:${port} (${what}) is in use${await describeHolder(port)}`);
  }
  if (complaints.length === 0) return;
  throw new PortInUseError(
    `${complaints.join('\n')}\nA cluster keeps its ports. End what uses them, then start again.`,
  );
}

async function describeHolder(port: number): Promise<string> {
  const pid = await findListener(port);
  if (pid === null) return '';
  const command = (await commandLineOf(pid)).join(' ');
  return ` by process ${pid} (${command.length > 100 ? `${command.slice(0, 100)}…` : command})`;
}

/** The process that listens on a TCP port of this machine; null when /proc does not tell. */
export async function findListener(port: number): Promise<number | null> {
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const inode = listenerInode(await readFile(table, 'utf8').catch(() => ''), port);
    if (inode !== null) return await pidWithOpenFile(`socket:[${inode}]`);
  }
  return null;
}

/** The inode of the listening socket in a table such as /proc/net/tcp. */
export function listenerInode(table: string, port: number): string | null {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    // 0A: LISTEN
    if (local?.endsWith(`:${hex}`) === true && state === '0A') return fields[9] ?? null;
  }
  return null;
}
