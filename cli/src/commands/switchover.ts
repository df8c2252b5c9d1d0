import { Command } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { parseDurationOption } from '../duration-option.ts';
import { requireCluster } from '../login.ts';
import { requireBox } from '../running-box.ts';

interface Options extends DataOption {
  readonly to?: string;
  readonly timeout: number;
}

export function switchoverCommand(context: Context): Command {
  return new Command('switchover')
    .description('move the primary, planned: writes pause for a moment and none is lost')
    .argument('<name>', 'the cluster')
    .option('--to <member>', 'the member to become primary (default: the best one)')
    .option(
      '--timeout <duration>',
      'give it up and take it back after this long',
      parseDurationOption,
      10_000,
    )
    .action(async (name: string, options: Options) => {
      const layout = layoutOf(context, options);
      await requireCluster(layout, name);
      const client = await requireBox(layout);
      const order = { to: options.to ?? null, timeoutMs: options.timeout };
      const { from, to, epoch, writesShutMs } = await client.switchover(name, order);
      const shut = Math.round(writesShutMs);
      context.terminal.out(
        `${name}: ${from} → ${to}, epoch ${epoch}, writes were shut for ${shut} ms\n`,
      );
    });
}
