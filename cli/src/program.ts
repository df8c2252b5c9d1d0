import { messageOf } from '@radondb/box';
import { Command, CommanderError } from 'commander';
import { credentialsCommand } from './commands/credentials.ts';
import { downCommand } from './commands/down.ts';
import { logsCommand } from './commands/logs.ts';
import { mysqlCommand } from './commands/mysql.ts';
import { statusCommand } from './commands/status.ts';
import { switchoverCommand } from './commands/switchover.ts';
import { upCommand } from './commands/up.ts';
import type { Context } from './context.ts';
import { EXIT, EXIT_CODES_HELP, ExitError, exitCodeOf } from './exit-codes.ts';

export function createProgram(context: Context): Command {
  const { terminal } = context;
  const program = new Command('radondb')
    .description('Highly available MySQL on this machine')
    .showHelpAfterError('(radondb --help shows what there is)')
    .addHelpText('after', EXIT_CODES_HELP);
  const commands = [
    upCommand,
    statusCommand,
    credentialsCommand,
    mysqlCommand,
    switchoverCommand,
    logsCommand,
    downCommand,
  ];
  for (const create of commands) {
    const command = create(context).option(
      '--data <folder>',
      'where everything is kept (default: RADONDB_DATA, or ~/.local/share/radondb-mysql)',
    );
    program.addCommand(command.addHelpText('after', EXIT_CODES_HELP));
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
    });
  }
  return program;
}

/** Runs one command line. @returns the exit code; what went wrong has been said. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has printed its own complaints, and help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof ExitError)) {
      context.terminal.err(`${context.terminal.paint('red', 'error:')} ${messageOf(error)}\n`);
      if (isUnexpected(error) && error instanceof Error) context.terminal.err(`${error.stack}\n`);
    }
    return exitCodeOf(error);
  }
}

/** A defect of ours, or of the system: where it happened is worth a look. */
function isUnexpected(error: unknown): boolean {
  return exitCodeOf(error) === EXIT.failed && !(error instanceof Error && 'code' in error);
}
