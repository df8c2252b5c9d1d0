/** What Kubernetes mounts into a pod so that it can speak to the API: a token of its service account, and the CA. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '@radondb/controller/runtime/index';
import { Tokens } from '../api-server/http/authenticate.ts';
import { readText } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { podSpecOf } from './pod-spec.ts';

/** @param apiFolder of the API server of this machine: its key signs the token. @returns the folder */
export async function serviceAccountFolder(
  pod: KubeObject,
  options: { readonly apiFolder: string; readonly folder: string; readonly caPem: string },
): Promise<string> {
  const { namespace = 'default' } = pod.metadata;
  const { serviceAccountName = 'default' } = podSpecOf(pod);
  const key = (await readText(join(options.apiFolder, 'token.key'))) ?? '';
  const token = new Tokens(Buffer.from(key, 'hex')).issue({
    username: `system:serviceaccount:${namespace}:${serviceAccountName}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  });
  const folder = join(options.folder, namespace, serviceAccountName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(folder, 'token'), token, { mode: 0o600 });
  await writeFileAtomic(join(folder, 'ca.crt'), options.caPem);
  await writeFileAtomic(join(folder, 'namespace'), namespace);
  return folder;
}
