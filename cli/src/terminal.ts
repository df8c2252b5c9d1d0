import { styleText } from 'node:util';

/** Where a command prints. A command's answer goes to standard output, everything about it to standard error. */
export interface Terminal {
  readonly isTty: boolean;
  readonly columns: number;
  readonly rows: number;
  out(text: string): void;
  err(text: string): void;
  /** Colours, where somebody looks and did not ask for none (NO_COLOR). */
  paint(colour: Colour, text: string): string;
}

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const isTty = process.stdout.isTTY === true;
  const colours = isTty && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    isTty,
    get columns() {
      return process.stdout.columns || 100;
    },
    get rows() {
      return process.stdout.rows || 40;
    },
    out: (text) => {
      process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
  };
}
