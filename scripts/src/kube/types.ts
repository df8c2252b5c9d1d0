import type { KubePartName } from './parts.ts';

/** Where a program of Kubernetes was found; the order is the order of the search. */
export type KubeSource = 'env' | 'assets' | 'path' | 'cache' | 'built';

/** An executable that was seen and not taken. */
export type PassedOver = { readonly path: string; readonly reason: string };

export type KubeProgram = {
  readonly name: KubePartName;
  /** The executable's path. */
  readonly file: string;
  /** What it says itself, without the `v`: `1.36.3`. */
  readonly version: string;
  readonly source: KubeSource;
  readonly passedOver: readonly PassedOver[];
};

export type BuildProgress = {
  readonly step: 'wait' | 'list' | 'download' | 'compile' | 'verify';
  readonly part: KubePartName;
  /** One line for a person: a module's name, `512 of 1400 packages`. */
  readonly detail: string;
};

export type FindKubeOptions = {
  /** Read: TEST_ASSET_*, RADONDB_HELM, KUBEBUILDER_ASSETS, PATH, XDG_CACHE_HOME, HOME; handed on to go. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: `${XDG_CACHE_HOME:-~/.cache}/radondb-mysql/kube`. */
  readonly cacheDir?: string;
  /** The folder with the go.mod files that pin the versions; default this repository's `tools/kube`. */
  readonly pinsDir?: string;
  /** `never`: what is missing is an error at once. Building takes minutes: a caller asks for it. */
  readonly build: 'when-missing' | 'never';
  readonly onProgress?: (progress: BuildProgress) => void;
  readonly signal?: AbortSignal;
};
