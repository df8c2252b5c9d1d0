import type { MysqlCluster } from '@radondb/api';
import type { ClusterLayout } from '../data-folder/layout.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/** Keeps the status that was last seen, for when nothing runs. */
export async function writeLastStatus(files: ClusterLayout, cluster: MysqlCluster): Promise<void> {
  await writeFileAtomic(files.lastStatusFile, `${JSON.stringify(cluster)}\n`);
}

/** @returns null when none was ever kept. Our own file: it is not checked again. */
export async function readLastStatus(files: ClusterLayout): Promise<MysqlCluster | null> {
  const value = await readJson(files.lastStatusFile).catch(() => null);
  return isRecord(value) ? (value as MysqlCluster) : null;
}
