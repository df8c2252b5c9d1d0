import { Command } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { readLogin } from '../login.ts';
import {
  type CredentialFormat,
  formatLogin,
  parseCredentialFormat,
} from '../output/credential-formats.ts';

interface Options extends DataOption {
  readonly format: CredentialFormat;
}

export function credentialsCommand(context: Context): Command {
  return new Command('credentials')
    .description('print how an application logs in: an account that may create schemas')
    .argument('<name>', 'the cluster')
    .option('--format <format>', 'dsn, env, mycnf or json', parseCredentialFormat, 'dsn')
    .action(async (name: string, options: Options) => {
      const login = await readLogin(layoutOf(context, options), name, 'primary');
      context.terminal.out(formatLogin(login, options.format));
    });
}
