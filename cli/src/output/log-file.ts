import { open } from 'node:fs/promises';
import { type LogLine, parseLogLine } from '@radondb/box';
import type { Colour, Terminal } from '../terminal.ts';

/** One line of a member's log. */
export interface LogEntry {
  readonly member: string;
  readonly timeMs: number;
  /** Null for a line that no logger wrote, such as a stack. */
  readonly line: LogLine | null;
  readonly text: string;
}

/** So much of an old log is read at first. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A member's log, read on from where it was left. */
export class LogFile {
  readonly #member: string;
  readonly #path: string;
  #offset: number | null = null;
  #inode = 0;
  #rest = '';
  #lastTimeMs = 0;

  constructor(member: string, path: string) {
    this.#member = member;
    this.#path = path;
  }

  /** The whole lines that are there since the last call; empty when the file is not there. */
  async readNew(): Promise<readonly LogEntry[]> {
    const file = await open(this.#path, 'r').catch(() => null);
    if (file === null) return [];
    try {
      const { size, ino } = await file.stat();
      // Moved aside and begun anew.
      if (ino !== this.#inode || size < (this.#offset ?? 0)) this.#restart(ino, size);
      const from = this.#offset ?? 0;
      const buffer = Buffer.alloc(Math.max(0, size - from));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      this.#offset = from + bytesRead;
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      return lines.filter((line) => line.trim() !== '').map((line) => this.#entry(line));
    } finally {
      await file.close();
    }
  }

  #restart(inode: number, size: number): void {
    this.#offset = this.#offset === null ? Math.max(0, size - MOST_BYTES) : 0;
    this.#inode = inode;
    this.#rest = '';
  }

  #entry(text: string): LogEntry {
    const line = parseLogLine(text);
    // A line without a time belongs to the one above it.
    if (line !== null) this.#lastTimeMs = line.timeMs;
    return { member: this.#member, timeMs: this.#lastTimeMs, line, text };
  }
}

const COLOURS: Readonly<Record<string, Colour>> = Object.freeze({
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
});

export function renderEntry(entry: LogEntry, terminal: Terminal): string {
  const { member, line, text } = entry;
  if (line === null) return `${' '.repeat(24)} ${member} ${text}`;
  const time = terminal.paint('dim', new Date(line.timeMs).toISOString());
  const colour = COLOURS[line.level];
  const level = line.level.padEnd(5);
  const words = colour === undefined ? level : terminal.paint(colour, level);
  const fields = line.fields === '' ? '' : ` ${terminal.paint('dim', line.fields)}`;
  return `${time} ${member} ${words} ${line.message}${fields}`;
}
