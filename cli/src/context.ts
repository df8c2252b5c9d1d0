import { type BoxLayout, boxLayout, defaultDataFolder } from '@radondb/box';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
}

/** `--data`, as every command has it. */
export interface DataOption {
  readonly data?: string;
}

/** The data folder that is meant: `--data`, RADONDB_DATA, or the default. */
export function layoutOf(context: Context, options: DataOption): BoxLayout {
  const { env } = context;
  return boxLayout(options.data || env['RADONDB_DATA'] || defaultDataFolder(env));
}

/**
 * What a line that is pasted into another terminal needs to find the same data folder: nothing for
 * the default one. RADONDB_DATA may not be set there.
 */
export function dataArgument(context: Context, layout: BoxLayout): string {
  if (layout.root === boxLayout(defaultDataFolder(context.env)).root) return '';
  return ` --data ${quote(layout.root)}`;
}

/** A word as a shell reads it back. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
