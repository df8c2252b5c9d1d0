import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterLayout, memberLayout, NotFoundError } from '@radondb/box';
import { Command, InvalidArgumentError } from 'commander';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { requireCluster } from '../login.ts';
import { type LogEntry, LogFile, renderEntry } from '../output/log-file.ts';

const FOLLOW_EVERY_MS = 250;

interface Options extends DataOption {
  readonly follow?: boolean;
  readonly member?: string;
  readonly lines: number;
}

export function logsCommand(context: Context): Command {
  return new Command('logs')
    .description("show the agents' logs, merged by time")
    .argument('<name>', 'the cluster')
    .option('-f, --follow', 'go on showing what is new')
    .option('--member <member>', 'of one member only')
    .option('-n, --lines <count>', 'begin with this many lines', parseCount, 200)
    .action(async (name: string, options: Options) => {
      const layout = layoutOf(context, options);
      await requireCluster(layout, name);
      const cluster = clusterLayout(layout, name);
      const members = await selectMembers(cluster.members, name, options.member);
      const files = members.map(
        (member) => new LogFile(member, memberLayout(cluster, member).agentLog),
      );
      const show = (entries: readonly LogEntry[]): void => {
        const text = entries.map((entry) => `${renderEntry(entry, context.terminal)}\n`);
        context.terminal.out(text.join(''));
      };
      show((await readNew(files)).slice(-options.lines));
      while (options.follow === true) {
        await sleep(FOLLOW_EVERY_MS);
        show(await readNew(files));
      }
    });
}

async function readNew(files: readonly LogFile[]): Promise<readonly LogEntry[]> {
  const entries = (await Promise.all(files.map((file) => file.readNew()))).flat();
  return entries.sort((a, b) => a.timeMs - b.timeMs);
}

async function selectMembers(
  folder: string,
  cluster: string,
  wanted: string | undefined,
): Promise<readonly string[]> {
  const members = (await readdir(folder).catch(() => [])).sort();
  if (wanted === undefined) return members;
  if (members.includes(wanted)) return [wanted];
  throw new NotFoundError(
    `${cluster} has no member ${wanted}: it must be one of ${members.join(', ')}`,
  );
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
