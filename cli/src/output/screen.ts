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
    show: (lines) => {
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

/** A line that a terminal would wrap moves everything: it is cut. One with colours is left, its columns are narrow. */
function fit(line: string, columns: number): string {
  const width = widthOf(line);
  if (width < columns || width !== line.length) return line;
  return `${line.slice(0, Math.max(0, columns - 2))}…`;
}
