import { findKubeParts } from './find.ts';
import { KubeMissingError } from './kube-missing-error.ts';
import { KUBE_PART_NAMES, KUBE_PARTS, type KubePartName } from './parts.ts';
import type { BuildProgress, KubeProgram, KubeSource } from './types.ts';

/** One program of Kubernetes as the report shows it. */
export type KubeReport = {
  readonly name: KubePartName;
  readonly purpose: string;
  readonly found: KubeProgram | KubeMissingError;
};

/** Where each program is, or why there is none. Never builds. @throws only when aborted */
export async function describeKubeParts(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<readonly KubeReport[]> {
  return await Promise.all(
    KUBE_PART_NAMES.map(async (name) => {
      const options = { env, build: 'never', ...(signal && { signal }) } as const;
      const found = await findKubeParts([name], options).then(
        (it) => it[name],
        (error: unknown) => {
          if (error instanceof KubeMissingError) return error;
          throw error;
        },
      );
      return { name, purpose: KUBE_PARTS[name].purpose, found };
    }),
  );
}

/** Where a program is from, in words for the report; `env` gives the variable's name. */
export function describeSource(name: KubePartName, source: KubeSource): string {
  switch (source) {
    case 'env':
      return KUBE_PARTS[name].variable;
    case 'assets':
      return 'KUBEBUILDER_ASSETS';
    case 'path':
      return 'PATH';
    case 'cache':
      return 'user cache';
    case 'built':
      return 'built now';
  }
}

const WORDS: Readonly<Record<BuildProgress['step'], string>> = {
  wait: 'waiting:',
  list: 'reading',
  download: 'downloading',
  compile: 'compiling',
  verify: 'verifying',
};

/** `kube-apiserver: compiling 512 of 1400 packages`. */
export function describeBuild(progress: BuildProgress): string {
  return `${progress.part}: ${WORDS[progress.step]} ${progress.detail}`;
}
