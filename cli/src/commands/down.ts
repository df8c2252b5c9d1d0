import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import {
  BoxFailedError,
  type BoxLayout,
  connectBox,
  endAll,
  endOrphans,
  findHolder,
  isDataFolder,
  waitForEnd,
} from '@radondb/box';
import { Command } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { EXIT, ExitError } from '../exit-codes.ts';

/** Agents stop in order: replicas, then the primary, each with its own deadline. */
const STOPS_WITHIN_MS = 60_000;

interface Options extends DataOption {
  readonly delete?: boolean;
  readonly yes?: boolean;
}

export function downCommand(context: Context): Command {
  return new Command('down')
    .description('stop everything; the data stays')
    .option('--delete', 'delete the data folder too, with all clusters in it')
    .option('--yes', 'do not ask before deleting')
    .action(async (options: Options) => {
      const layout = layoutOf(context, options);
      await down(context, layout, options);
    });
}

async function down(context: Context, layout: BoxLayout, options: Options): Promise<void> {
  const { terminal } = context;
  if (!(await isDataFolder(layout.root))) {
    terminal.out(`There is nothing of ours in ${layout.root}\n`);
    return;
  }
  if (options.delete === true && options.yes !== true) await confirm(context, layout);
  const stopped = await stopBox(layout);
  const orphans = await endOrphans(layout.root);
  if (stopped) terminal.out('Stopped.\n');
  else if (orphans.length > 0) terminal.out(`Ended ${orphans.length} processes left behind.\n`);
  else terminal.out('Nothing was running.\n');
  if (options.delete !== true) {
    terminal.out(`The data stays in ${layout.root}: "radondb up" goes on with it.\n`);
    return;
  }
  await rm(layout.root, { recursive: true, force: true });
  terminal.out(`Deleted ${layout.root}\n`);
}

/** @returns false when no box was running. @throws BoxFailedError when it does not end. */
async function stopBox(layout: BoxLayout): Promise<boolean> {
  const holder = await findHolder(layout);
  if (holder === null) return false;
  const client = await connectBox(layout).catch(() => null);
  const asked = await client?.down().then(
    () => true,
    () => false,
  );
  const left =
    asked === true
      ? await waitForEnd([holder], STOPS_WITHIN_MS)
      : await endAll([holder], STOPS_WITHIN_MS);
  const survivors = left.length > 0 ? await endAll(left, 0) : [];
  if (survivors.length > 0) {
    throw new BoxFailedError(`Process ${holder.pid} does not end: kill -9 ${holder.pid}`);
  }
  return true;
}

/** Asks only where somebody can answer: a script that says --delete means it. */
async function confirm({ terminal }: Context, layout: BoxLayout): Promise<void> {
  if (process.stdin.isTTY !== true) return;
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await questions.question(
      `Delete ${layout.root} with all clusters in it? Type yes: `,
    );
    if (answer.trim() === 'yes') return;
  } finally {
    questions.close();
  }
  terminal.err('Nothing was changed.\n');
  throw new ExitError(EXIT.failed);
}
