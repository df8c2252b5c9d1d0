import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '@radondb/box';
import { Command, Option } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { parseDurationOption } from '../duration-option.ts';
import { EXIT, ExitError, exitCodeOf } from '../exit-codes.ts';
import { readClusterFile } from '../manifest-file.ts';
import { daemonReporter, tell } from '../up/daemon-reporter.ts';
import { startDetached } from '../up/detached.ts';
import { runForeground } from '../up/foreground.ts';
import { liveReporter, plainReporter } from '../up/reporter.ts';

const SAMPLE = fileURLToPath(new URL('../../../manifests/samples/cluster.yaml', import.meta.url));

interface Options extends DataOption {
  readonly file: string;
  readonly detach?: boolean;
  readonly timeout: number;
  /** Set by `--detach` for the process that stays. */
  readonly daemon?: boolean;
}

export function upCommand(context: Context): Command {
  return new Command('up')
    .description('start the clusters of a file on this machine, or go on with them')
    .option('-f, --file <file>', 'clusters in YAML', SAMPLE)
    .option('-d, --detach', 'go on in the background; return when everything is Ready')
    .option(
      '--timeout <duration>',
      'say why when it is not Ready after this long (with --detach: exit 1)',
      parseDurationOption,
      300_000,
    )
    .addOption(new Option('--daemon').hideHelp())
    .action(async (options: Options) => {
      const code =
        options.daemon === true ? await asDaemon(context, options) : await up(context, options);
      if (code !== EXIT.ok) throw new ExitError(code);
    });
}

async function up(context: Context, options: Options): Promise<number> {
  const { clusters, warnings } = await readClusterFile(options.file);
  for (const warning of warnings) context.terminal.err(`warning: ${warning}\n`);
  const layout = layoutOf(context, options);
  const { timeout: timeoutMs } = options;
  const footer =
    options.detach === true
      ? 'Starting… Ctrl-C stops it'
      : 'Ctrl-C stops everything; the data stays';
  const reporter = context.terminal.isTty
    ? liveReporter(context, layout, footer)
    : plainReporter(context, layout);
  if (options.detach !== true) {
    const command = 'radondb up';
    return await runForeground(context, { layout, clusters, command, timeoutMs, reporter });
  }
  const file = resolve(options.file);
  const timeout = `${timeoutMs}ms`;
  const args = ['up', '--daemon', '--file', file, '--data', layout.root, '--timeout', timeout];
  return await startDetached(context, {
    layout,
    args,
    expected: clusters.length,
    timeoutMs,
    reporter,
  });
}

/** The process that stays. What goes wrong is told to the command that waits, and stands in the log. */
async function asDaemon(context: Context, options: Options): Promise<number> {
  try {
    const { clusters } = await readClusterFile(options.file);
    return await runForeground(context, {
      layout: layoutOf(context, options),
      clusters,
      command: 'radondb up --detach',
      timeoutMs: options.timeout,
      reporter: daemonReporter(),
    });
  } catch (error) {
    tell({ type: 'failed', exitCode: exitCodeOf(error), message: messageOf(error) });
    throw error;
  }
}
