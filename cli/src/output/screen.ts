import type { Terminal } from '../terminal.ts';
import { widthOf } from './table.ts';

/** A block of lines at the end of a terminal that is written anew in its place. */
export interface Screen {
  show(lines: readonly string[]): void;
  /** Leaves what is shown and begins below it. */
  end(): void;
}

const ERASE_BELOW = '\u001b[J';
const ERASE_LINE_END = '\u001b[K';

export function createScreen(terminal: Terminal): Screen {
  let height = 0;
  let last = '';
  return {
    show: (all) => {
      // What scrolled away cannot be written anew.
      const lines = all.slice(0, Math.max(1, terminal.rows - 1));
      const text = lines
        .map((line) => `${fit(line, terminal.columns)}${ERASE_LINE_END}\n`)
        .join('');
      if (text === last) return;
      // Up to where the block begins; what is longer than before is erased below.
      const up = height === 0 ? '' : `\u001b[${height}A`;
      terminal.out(`${up}\r${text}${ERASE_BELOW}`);
      height = lines.length;
      last = text;
    },
    end: () => {
      height = 0;
      last = '';
    },
  };
}

/** A colour's escape sequence, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC is what a sequence begins with
const PIECE = /\u001b\[[\d;]*m|[\s\S]/gu;
const RESET = '\u001b[0m';

/** A line that the terminal would wrap moves everything below it: it is cut. */
function fit(line: string, columns: number): string {
  if (widthOf(line) < columns) return line;
  let cut = '';
  let width = 0;
  for (const [piece] of line.matchAll(PIECE)) {
    if (widthOf(piece) > 0) width += 1;
    if (width > columns - 2) break;
    cut += piece;
  }
  return cut === line.slice(0, cut.length) && cut.length === width - 1
    ? `${cut}…`
    : `${cut}…${RESET}`;
}
