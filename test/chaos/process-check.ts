import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Target } from './ports.ts';

/** A pid is not the process that it is said to be; nothing was sent to it. */
export class NotOursError extends Error {
  readonly code = 'NOT_OURS';

  constructor(target: Target, found: string) {
    super(`pid ${target.pid} should be the ${target.kind} of ${target.member}, but is: ${found}`);
    this.name = 'NotOursError';
  }
}

/**
 * Whether a process is the target: an agent or a mysqld whose arguments lie below the data folder.
 * False when it is gone or waits to be reaped.
 *
 * @throws NotOursError when it is something else
 */
export function isOurs(target: Target, dataFolder: string): boolean {
  const words = commandLine(target.pid);
  if (words.length === 0) return false;
  const isMysqld = words.slice(0, 8).some((word) => basename(word) === 'mysqld');
  const isBelow = words.some((word) => word.includes(`${dataFolder}/`));
  const isKind =
    target.kind === 'mysqld' ? isMysqld : !isMysqld && words.includes('--cluster-config');
  if (!isBelow || !isKind) throw new NotOursError(target, words.join(' ').slice(0, 200));
  return true;
}

/** What the product runs; a `tail` of one of its logs is not ours to end. */
const PROGRAM = /^(node|mysqld|setpriv|ld-linux)/;

/** The product's processes that name the data folder in their arguments: box, agents, mysqlds. */
export function processesOf(dataFolder: string): readonly { pid: number; words: string }[] {
  const known = new Set([process.pid, process.ppid]);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !known.has(Number(name)))
    .map((name) => ({ pid: Number(name), words: commandLine(Number(name)) }))
    .filter(({ words: [program = ''] }) => PROGRAM.test(basename(program)))
    .filter(({ words }) =>
      words.some((word) => word === dataFolder || word.includes(`${dataFolder}/`)),
    )
    .map(({ pid, words }) => ({ pid, words: words.join(' ') }));
}

/** Empty when it is gone, a zombie or a kernel thread. */
function commandLine(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  } catch {
    return [];
  }
}
