import { setTimeout as sleep } from 'node:timers/promises';
import type { MysqlCluster } from '@radondb/api';
import {
  type BoxLayout,
  type ClusterView,
  clusterLayout,
  clusterNames,
  connectBox,
  isDataFolder,
  NotFoundError,
  readAppliedSpec,
  readLastStatus,
} from '@radondb/box';
import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { type Context, type DataOption, layoutOf } from '../context.ts';
import { EXIT, ExitError } from '../exit-codes.ts';
import { requireCluster } from '../login.ts';
import { clusterLines } from '../output/cluster-table.ts';
import { createScreen } from '../output/screen.ts';
import type { Terminal } from '../terminal.ts';

const FORMATS = ['table', 'json', 'yaml'] as const;
type Format = (typeof FORMATS)[number];
const WATCH_EVERY_MS = 1_000;

interface Options extends DataOption {
  readonly output: Format;
  readonly watch?: boolean;
}

export function statusCommand(context: Context): Command {
  return new Command('status')
    .description('show clusters, their members and what is not well')
    .argument('[name]', 'one cluster only')
    .option('-o, --output <format>', 'table, json or yaml', parseFormat, 'table')
    .option('-w, --watch', 'go on showing it')
    .action(async (name: string | undefined, options: Options) => {
      const layout = layoutOf(context, options);
      if (name !== undefined) await requireCluster(layout, name);
      if (options.watch === true) await watch(context, layout, name, options.output);
      else await showOnce(context, layout, name, options.output);
    });
}

async function showOnce(
  context: Context,
  layout: BoxLayout,
  name: string | undefined,
  format: Format,
): Promise<void> {
  const { terminal } = context;
  const views = await runningViews(layout, name);
  if (views !== null) {
    terminal.out(render(views, format, terminal));
    return;
  }
  const last = await lastViews(layout, name);
  if (last.length === 0) {
    throw new NotFoundError(`Nothing is running on ${layout.root}: start it with "radondb up"`);
  }
  terminal.err(
    `Nothing is running on ${layout.root}: start it with "radondb up". This is how it was last seen:\n`,
  );
  terminal.out(render(last, format, terminal, false));
  throw new ExitError(EXIT.notFound);
}

async function watch(
  context: Context,
  layout: BoxLayout,
  name: string | undefined,
  format: Format,
): Promise<void> {
  const { terminal } = context;
  const screen = createScreen(terminal);
  let last = '';
  for (;;) {
    const views = await runningViews(layout, name);
    const text =
      views === null ? `Nothing is running on ${layout.root}\n` : render(views, format, terminal);
    if (terminal.isTty && format === 'table') screen.show(text.trimEnd().split('\n'));
    else if (text !== last) terminal.out(text);
    last = text;
    await sleep(WATCH_EVERY_MS);
  }
}

/** @returns null when no box runs. @throws NotFoundError when it runs and has not come to the cluster yet. */
async function runningViews(
  layout: BoxLayout,
  name: string | undefined,
): Promise<readonly ClusterView[] | null> {
  const client = await connectBox(layout);
  if (client === null) return null;
  const views = (await client.views()).filter(
    (view) => name === undefined || view.cluster.metadata.name === name,
  );
  if (views.length > 0) return views;
  const { phase, clusters } = await client.info();
  throw new NotFoundError(`${clusters.join(', ')}: ${phase}, there is no status yet. Try again.`);
}

async function lastViews(
  layout: BoxLayout,
  name: string | undefined,
): Promise<readonly ClusterView[]> {
  if (!(await isDataFolder(layout.root))) return [];
  const names = name === undefined ? await clusterNames(layout) : [name];
  const clusters = await Promise.all(
    names.map(
      async (it) =>
        (await readLastStatus(clusterLayout(layout, it))) ?? (await readAppliedSpec(layout, it)),
    ),
  );
  return clusters
    .filter((cluster): cluster is MysqlCluster => cluster !== null)
    .map((cluster) => ({ cluster, members: [], failovers: [] }));
}

function render(
  views: readonly ClusterView[],
  format: Format,
  terminal: Terminal,
  isRunning = true,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(objectOf(views), null, 2)}\n`;
    case 'yaml':
      return stringify(objectOf(views));
    case 'table':
      return `${views.map((view) => clusterLines(view, terminal, isRunning).join('\n')).join('\n\n')}\n`;
  }
}

/** One cluster is itself, several are a List, as with kubectl. */
function objectOf(views: readonly ClusterView[]): object {
  const items = views.map((view) => view.cluster);
  const [only] = items;
  if (items.length === 1 && only !== undefined) return only;
  return { apiVersion: 'v1', kind: 'List', items };
}

function parseFormat(text: string): Format {
  const format = FORMATS.find((it) => it === text);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`It must be one of ${FORMATS.join(', ')}.`);
}
