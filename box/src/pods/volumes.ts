/** Makes the folders that stand for a pod's volumes, and keeps those of ConfigMaps and Secrets as their objects are. */
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient, KubeObject } from '@radondb/controller/runtime/index';
import { CONFIG_MAPS, SECRETS } from '@radondb/controller/runtime/resources';
import { podSpecOf, type Volume } from './pod-spec.ts';

export interface VolumeFolders {
  /** For emptyDir, ConfigMaps and Secrets: gone with the pod. */
  readonly podFolder: string;
  /** Claim → folder: stays. */
  readonly claimFolder: (claim: string) => string;
}

/** @throws ApiError when a ConfigMap or Secret is not there (yet) */
export async function prepareVolumes(
  pod: KubeObject,
  folders: VolumeFolders,
  options: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const volume of podSpecOf(pod).volumes ?? []) {
    made.set(volume.name, await prepare(pod, volume, folders, options));
  }
  return made;
}

/** Brings the files of ConfigMaps and Secrets up to date. @returns whether anything changed */
export async function refreshVolumes(
  pod: KubeObject,
  folders: VolumeFolders,
  options: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<boolean> {
  let changed = false;
  for (const volume of podSpecOf(pod).volumes ?? []) {
    const files = await filesOf(pod, volume, options);
    if (files === null) continue;
    const folder = join(folders.podFolder, volume.name);
    changed = (await project(folder, files)) || changed;
  }
  return changed;
}

async function prepare(
  pod: KubeObject,
  volume: Volume,
  { podFolder, claimFolder }: VolumeFolders,
  options: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<string> {
  const claim = volume.persistentVolumeClaim?.claimName;
  const folder = claim === undefined ? join(podFolder, volume.name) : claimFolder(claim);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = await filesOf(pod, volume, options);
  if (files !== null) await project(folder, files);
  return folder;
}

async function filesOf(
  { metadata: { namespace } }: KubeObject,
  { configMap, secret }: Volume,
  { client, signal }: { readonly client: KubeClient; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, Buffer> | null> {
  const inNamespace = namespace === undefined ? {} : { namespace };
  if (configMap !== undefined) {
    const object = await client.get(
      CONFIG_MAPS,
      { ...inNamespace, name: configMap.name },
      { signal },
    );
    return decoded(object['data'], 'utf8');
  }
  if (secret === undefined) return null;
  const object = await client.get(SECRETS, { ...inNamespace, name: secret.secretName }, { signal });
  return decoded(object['data'], 'base64');
}

function decoded(data: unknown, encoding: 'utf8' | 'base64'): ReadonlyMap<string, Buffer> {
  const entries = Object.entries((data ?? {}) as Readonly<Record<string, string>>);
  return new Map(entries.map(([name, value]) => [name, Buffer.from(value, encoding)]));
}

const CURRENT = '..data';

/**
 * As the kubelet does it: the files are in a folder of their own, `..data` leads to it and is exchanged in one step, so that nobody
 * sees half of an update; each name is a link through `..data`.
 */
export async function project(
  folder: string,
  files: ReadonlyMap<string, Buffer>,
): Promise<boolean> {
  if (await isCurrent(folder, files)) return false;
  const version = `..${process.hrtime.bigint()}`;
  await mkdir(join(folder, version), { recursive: true, mode: 0o700 });
  for (const [name, content] of files)
    await writeFile(join(folder, version, name), content, { mode: 0o600 });
  await rm(join(folder, `${CURRENT}_tmp`), { force: true });
  await symlink(version, join(folder, `${CURRENT}_tmp`));
  await rename(join(folder, `${CURRENT}_tmp`), join(folder, CURRENT));
  const there = await readdir(folder);
  for (const name of files.keys()) {
    if (!there.includes(name)) await symlink(join(CURRENT, name), join(folder, name));
  }
  for (const name of there) {
    const isOld = name.startsWith('..') && name !== CURRENT && name !== version;
    const isGone = !name.startsWith('..') && !files.has(name);
    if (isOld || isGone) await rm(join(folder, name), { recursive: true, force: true });
  }
  return true;
}

async function isCurrent(folder: string, files: ReadonlyMap<string, Buffer>): Promise<boolean> {
  const names = await readdir(join(folder, CURRENT)).catch(() => null);
  if (names === null || names.length !== files.size) return false;
  for (const [name, content] of files) {
    const there = await readFile(join(folder, CURRENT, name)).catch(() => null);
    if (there === null || !there.equals(content)) return false;
  }
  return true;
}
