import {
  DataRefusedError,
  HeldError,
  MachineError,
  NotFoundError,
  PortInUseError,
  SpecRefusedError,
} from '@radondb/box';
import { ToolMissingError } from '@radondb/scripts';

/** What the process ends with. Scripts may rely on these. */
export const EXIT = Object.freeze({
  ok: 0,
  failed: 1,
  usage: 2,
  held: 3,
  notFound: 4,
  portInUse: 5,
  machine: 6,
  dataRefused: 7,
  interrupted: 130,
});

/** Shown below every command's help. */
export const EXIT_CODES_HELP = `
Exit codes:
  0    done
  1    failed, or not Ready in time
  2    wrong usage, or a bad cluster file
  3    another process holds the data folder
  4    no such cluster, or nothing is running
  5    a port of the cluster is in use by something else
  6    this machine cannot run it: no MySQL, no space, folder not writable
  7    the data folder is damaged, of a newer version, or not ours
  130  interrupted (Ctrl-C)
  "radondb mysql" ends with the exit code of the mysql client.
`;

/** The command line or the file that it names is not right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** The command's own exit code says it all: its message was printed, or there is none. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code = 'exit';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof UsageError || error instanceof SpecRefusedError) return EXIT.usage;
  if (error instanceof HeldError) return EXIT.held;
  if (error instanceof NotFoundError) return EXIT.notFound;
  if (error instanceof PortInUseError) return EXIT.portInUse;
  if (error instanceof MachineError || error instanceof ToolMissingError) return EXIT.machine;
  if (error instanceof DataRefusedError) return EXIT.dataRefused;
  return EXIT.failed;
}
