import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** The sample cluster with that many members. Returns the manifest's path. */
export async function writeManifest(
  repository: string,
  folder: string,
  replicas: number,
): Promise<string> {
  const sample = await readFile(join(repository, 'manifests/samples/cluster.yaml'), 'utf8');
  const document = parseDocument(sample);
  document.setIn(['spec', 'replicas'], replicas);
  const file = join(folder, 'chaos-cluster.yaml');
  await writeFile(file, document.toString());
  return file;
}
