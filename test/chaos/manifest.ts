import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** Writes the manifest of a cluster of that many members; null when the sample that `up` takes has as many. */
export async function writeManifest(folder: string, replicas: number): Promise<string | null> {
  if (replicas === 3) return null;
  const file = join(folder, 'chaos-cluster.yaml');
  const manifest = {
    apiVersion: 'mysql.radondb.com/v1',
    kind: 'MysqlCluster',
    metadata: { name: 'demo' },
    spec: { replicas },
  };
  await writeFile(file, stringify(manifest));
  return file;
}
