import { type BoxLayout, type ClusterView, isTrue } from '@radondb/box';
import type { Context } from '../context.ts';
import { clusterLines } from '../output/cluster-table.ts';
import { createScreen } from '../output/screen.ts';
import { connectHelp } from './connect-help.ts';

/** Shows a person how the start goes and what runs. */
export interface Reporter {
  progress(text: string): void;
  update(views: readonly ClusterView[], page: string | null): void;
  /** Something that stays on the screen. */
  note(text: string): void;
  /** Leaves what is shown as it is. */
  end(): void;
}

export function areReady(views: readonly ClusterView[], expected: number): boolean {
  return views.length === expected && views.every((view) => isTrue(view.cluster, 'Ready'));
}

/** A view that is written anew in its place. */
export function liveReporter(context: Context, layout: BoxLayout, footer: string): Reporter {
  const { terminal } = context;
  const screen = createScreen(terminal);
  return {
    progress: (text) => screen.show([text]),
    update: (views, page) => {
      const blocks = views.flatMap((view) => [
        ...clusterLines(view, terminal),
        '',
        ...(isTrue(view.cluster, 'Available')
          ? [...connectHelp(context, layout, view, page), '']
          : []),
      ]);
      screen.show([...blocks, terminal.paint('dim', footer)]);
    },
    note: (text) => {
      screen.end();
      terminal.err(`${text}\n`);
    },
    end: () => screen.end(),
  };
}

const PROGRESS_EVERY_MS = 2_000;

/** Plain lines for logs and pipes: each only when something changed. */
export function plainReporter(context: Context, layout: BoxLayout): Reporter {
  const { terminal } = context;
  let lastProgress = '';
  let lastProgressAtMs = 0;
  let wasReady = false;
  const states = new Map<string, string>();
  const say = (text: string): void => terminal.out(`${text}\n`);
  const sayMembers = (view: ClusterView): boolean => {
    let changed = false;
    for (const { name, role, state, why } of view.cluster.status?.members ?? []) {
      // Its process has just been started: no news.
      if (state === 'unreachable' && !states.has(name) && !isFailed(view, name)) continue;
      // What is being waited for is news while it starts; later only the state is.
      const key = `${role} ${state}${wasReady ? '' : ` ${withoutNumbers(why)}`}`;
      if (states.get(name) === key) continue;
      states.set(name, key);
      changed = true;
      if (!wasReady) say(`${name}: ${state}${why === '' ? '' : `, ${why}`}`);
    }
    return changed;
  };
  return {
    progress: (text) => {
      const now = performance.now();
      const isSameStep = withoutNumbers(text) === withoutNumbers(lastProgress);
      if (isSameStep && now - lastProgressAtMs < PROGRESS_EVERY_MS) return;
      if (text === lastProgress) return;
      lastProgress = text;
      lastProgressAtMs = now;
      say(text);
    },
    update: (views, page) => {
      const changed = views.map(sayMembers).some(Boolean);
      const isReady = areReady(views, Math.max(1, views.length));
      const show = isReady ? !wasReady || changed : wasReady && changed;
      if (show) for (const view of views) say(clusterLines(view, terminal).join('\n'));
      if (isReady && !wasReady) {
        for (const view of views) say(connectHelp(context, layout, view, page).join('\n'));
        wasReady = true;
      }
    },
    note: say,
    end: () => {},
  };
}

function isFailed(view: ClusterView, member: string): boolean {
  return view.members.some((it) => it.name === member && it.agentFailed);
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+(\.\d+)?/g, '#');
}
