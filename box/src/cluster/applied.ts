import { mkdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { applyDefaults, type MysqlCluster, validateMysqlClusterUpdate } from '@radondb/api';
import { parse, stringify } from 'yaml';
import { type BoxLayout, clusterLayout } from '../data-folder/layout.ts';
import { DataRefusedError, SpecRefusedError } from '../errors.ts';
import { isRecord, readText } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { clusterFolders } from './cluster-folders.ts';
import { readLocalState } from './local-state.ts';

/** What applying a file to a data folder would do. */
export interface Applied {
  /** Members that have no data yet. */
  readonly newMembers: number;
  /** Those that the file says something new about. The others go on as they are, whatever was changed by other means. */
  readonly changed: readonly MysqlCluster[];
}

/**
 * Whether these clusters may run in this data folder. Nothing is changed.
 *
 * @throws SpecRefusedError naming everything that contradicts what is there
 */
export async function checkApplied(
  layout: BoxLayout,
  clusters: readonly MysqlCluster[],
): Promise<Applied> {
  const names = new Set(clusters.map((it) => it.metadata.name));
  const others: string[] = [];
  for (const { name } of await clusterFolders(layout))
    if (!names.has(name) && (await readAppliedSpec(layout, name)) !== null) others.push(name);
  if (others.length > 0) {
    throw new SpecRefusedError(
      `${layout.root} holds the cluster ${others.join(', ')}, which the file does not name (it names ${[...names].join(', ')}). ` +
        'Give another folder with --data, or put all of them into one file. Nothing was changed.',
    );
  }
  let newMembers = 0;
  const changed: MysqlCluster[] = [];
  const complaints: string[] = [];
  for (const cluster of clusters) {
    const { name } = cluster.metadata;
    const state = await readLocalState(clusterLayout(layout, name).stateFile);
    const { replicas } = applyDefaults(cluster).spec;
    if (state === null) newMembers += replicas;
    else if (state.members.length !== replicas) {
      complaints.push(
        `${name}: spec.replicas is ${replicas}, the cluster has ${state.members.length} members: ` +
          'growing and shrinking comes in a later version, put the number back',
      );
    }
    const before = await readAppliedSpec(layout, name);
    if (before !== null && isDeepStrictEqual(before.spec, cluster.spec)) continue;
    changed.push(cluster);
    const problems = before === null ? [] : validateMysqlClusterUpdate(before, cluster).problems;
    complaints.push(...problems.map((it) => `${name}: ${it.field} ${it.message}`));
  }
  if (complaints.length > 0) {
    throw new SpecRefusedError(`${complaints.join('\n')}\nNothing was changed.`);
  }
  return { newMembers, changed };
}

/** Clusters that have a state in this data folder, by name. */
export async function clusterNames(layout: BoxLayout): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, files } of await clusterFolders(layout))
    if ((await readLocalState(files.stateFile)) !== null) found.push(name);
  return found;
}

/** A cluster as the file said it last; null when no file named it. @throws DataRefusedError when it is damaged. */
export async function readAppliedSpec(
  layout: BoxLayout,
  name: string,
): Promise<MysqlCluster | null> {
  const { specFile } = clusterLayout(layout, name);
  const text = await readText(specFile);
  if (text === null) return null;
  const value: unknown = parse(text);
  if (!isRecord(value) || !isRecord(value['spec'])) {
    throw new DataRefusedError(`${specFile} is damaged: apply the cluster's file again`);
  }
  // We wrote it, after it had been validated.
  return value as MysqlCluster;
}

export async function keepAppliedSpec(layout: BoxLayout, cluster: MysqlCluster): Promise<void> {
  const { root, specFile } = clusterLayout(layout, cluster.metadata.name);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await writeFileAtomic(specFile, stringify(cluster));
}
