import {
  type BoxLayout,
  type ClusterView,
  clusterLayout,
  lastLines,
  memberLayout,
} from '@radondb/box';

const MOST_LINES = 3;

/** What the mysqlds of members that are not well last complained about, from their own logs. */
export async function mysqldErrors(
  layout: BoxLayout,
  views: readonly ClusterView[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const view of views) {
    const files = clusterLayout(layout, view.cluster.metadata.name);
    for (const { name, state } of view.cluster.status?.members ?? []) {
      if (state === 'primary' || state === 'following') continue;
      const log = memberLayout(files, name).mysqldLog;
      const errors = (await lastLines(log, 2_000)).filter((line) => line.includes('[ERROR]'));
      found.push(...errors.slice(-MOST_LINES).map((line) => `mysqld of ${name}: ${line}`));
    }
  }
  return found;
}
