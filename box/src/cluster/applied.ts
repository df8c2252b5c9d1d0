import { readdir } from 'node:fs/promises';
import { applyDefaults, type MysqlCluster, validateMysqlClusterUpdate } from '@radondb/api';
import { parse } from 'yaml';
import { type BoxLayout, clusterLayout } from '../data-folder/layout.ts';
import { DataRefusedError, SpecRefusedError } from '../errors.ts';
import { isRecord, readText } from '../files/read-json.ts';
import { readClusterState } from './cluster-state.ts';

/** What applying clusters to a data folder would add. */
export interface Applied {
  /** Members that have no data yet. */
  readonly newMembers: number;
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
  const existing = await clusterNames(layout);
  const others = existing.filter((name) => !names.has(name));
  if (others.length > 0) {
    throw new SpecRefusedError(
      `${layout.root} holds the cluster ${others.join(', ')}, which the file does not name (it names ${[...names].join(', ')}). ` +
        'Give another folder with --data, or put all of them into one file. Nothing was changed.',
    );
  }
  let newMembers = 0;
  const complaints: string[] = [];
  for (const cluster of clusters) {
    const { name } = cluster.metadata;
    const state = await readClusterState(clusterLayout(layout, name).stateFile);
    const { replicas } = applyDefaults(cluster).spec;
    if (state === null) newMembers += replicas;
    else if (state.members.length !== replicas) {
      complaints.push(
        `${name}: spec.replicas is ${replicas}, the cluster has ${state.members.length} members: ` +
          'growing and shrinking comes in a later version, put the number back',
      );
    }
    const before = await readAppliedSpec(layout, name);
    const problems = before === null ? [] : validateMysqlClusterUpdate(before, cluster).problems;
    complaints.push(...problems.map((it) => `${name}: ${it.field} ${it.message}`));
  }
  if (complaints.length > 0) {
    throw new SpecRefusedError(`${complaints.join('\n')}\nNothing was changed.`);
  }
  return { newMembers };
}

/** Clusters that have a state in this data folder, by name. */
export async function clusterNames(layout: BoxLayout): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of (await readdir(layout.clusters).catch(() => [])).sort()) {
    const state = await readClusterState(clusterLayout(layout, name).stateFile);
    if (state !== null) found.push(name);
  }
  return found;
}

/** The spec as it was last applied; null when there is none. @throws DataRefusedError when it is damaged. */
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
