import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientCnf, type Login, MachineError } from '@radondb/box';
import { findMysqld } from '@radondb/scripts';
import { Command } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { ExitError } from '../exit-codes.ts';
import { readLogin } from '../login.ts';

interface Options extends DataOption {
  readonly replica?: boolean;
}

export function mysqlCommand(context: Context): Command {
  return new Command('mysql')
    .description('open the mysql client on the primary, or run it with arguments of your own')
    .argument('<name>', 'the cluster')
    .argument('[args...]', 'after "--": arguments of the mysql client, such as -e "SELECT 1"')
    .option('--replica', 'read from a replica')
    .action(async (name: string, args: readonly string[], options: Options) => {
      const endpoint = options.replica === true ? 'replicas' : 'primary';
      const login = await readLogin(layoutOf(context, options), name, endpoint);
      throw new ExitError(await runClient(context, login, args));
    });
}

/** Runs the client in this terminal. The password stands in a file that only we can read, and for as long as it runs. */
async function runClient(context: Context, login: Login, args: readonly string[]): Promise<number> {
  const { mysql } = await findMysqld({ env: context.env, fetch: 'never' });
  if (mysql === null) {
    throw new MachineError(
      'No mysql client was found beside mysqld or on PATH: install one, such as mysql-client',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'radondb-'));
  // Ctrl-C is for the client: it ends a statement with it.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  try {
    const file = join(folder, 'my.cnf');
    await writeFile(file, clientCnf(login), { mode: 0o600 });
    const child = spawn(mysql.file, [...mysql.args, `--defaults-file=${file}`, ...args], {
      stdio: 'inherit',
    });
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', ignore);
    await rm(folder, { recursive: true, force: true });
  }
}
