import { readdir } from 'node:fs/promises';
import { type BoxLayout, type ClusterLayout, clusterLayout } from '../data-folder/layout.ts';

/** Folders of clusters that this machine has, by name. One of another namespace than `default` is `NAMESPACE~NAME`. */
export async function clusterFolders(
  layout: BoxLayout,
): Promise<readonly { readonly name: string; readonly files: ClusterLayout }[]> {
  const names = await readdir(layout.clusters).catch(() => []);
  return names.toSorted().map((name) => ({ name, files: clusterLayout(layout, name) }));
}

/** The name under which commands know a cluster, and its folder's. */
export function localName({
  namespace = 'default',
  name,
}: {
  readonly namespace?: string;
  readonly name: string;
}): string {
  return namespace === 'default' ? name : `${namespace}~${name}`;
}
