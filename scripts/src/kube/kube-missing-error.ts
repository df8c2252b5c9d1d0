import type { KubePartName } from './parts.ts';
import type { PassedOver } from './types.ts';

/** Why a program of Kubernetes could not be had; stable, for programs. */
export type KubeMissingCode =
  | 'not-found'
  | 'env-unusable'
  | 'go-missing'
  | 'go-unusable'
  | 'offline'
  | 'disk-full'
  | 'cache-not-writable'
  | 'build-failed';

export type KubeMissingDetails = {
  readonly code: KubeMissingCode;
  /** What is wrong, as a sentence without its full stop. */
  readonly problem: string;
  readonly missing: readonly KubePartName[];
  readonly passedOver?: readonly PassedOver[];
  readonly cause?: unknown;
};

/** The command that builds what is missing. */
export const BUILD_COMMAND = 'npm run tools -- --kube';

const ASSETS = 'or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl';

/** Something of Kubernetes is missing here. The message says what is wrong, what was passed over and what to do. */
export class KubeMissingError extends Error {
  override readonly name = 'KubeMissingError';
  readonly code: KubeMissingCode;
  readonly problem: string;
  readonly missing: readonly KubePartName[];
  readonly passedOver: readonly PassedOver[];

  constructor(details: KubeMissingDetails) {
    const passedOver = details.passedOver ?? [];
    const seen = passedOver.map((it) => ` Passed over ${it.path}: ${it.reason}.`).join('');
    super(`${details.problem}.${seen} ${remedyOf(details.code)}`, { cause: details.cause });
    this.code = details.code;
    this.problem = details.problem;
    this.missing = details.missing;
    this.passedOver = passedOver;
  }
}

function remedyOf(code: KubeMissingCode): string {
  switch (code) {
    case 'not-found':
      return `Build with ${BUILD_COMMAND} (needs Go 1.26; minutes, once), ${ASSETS}.`;
    case 'env-unusable':
      return 'Correct the variable or unset it.';
    case 'go-missing':
    case 'go-unusable':
      return `Install Go 1.26 or newer so that go is on PATH, ${ASSETS}.`;
    case 'offline':
      return `Try again when the Go module proxy (go env GOPROXY) answers, ${ASSETS}.`;
    case 'disk-full':
    case 'cache-not-writable':
      return `Make room, or set XDG_CACHE_HOME to a folder that can be written to, ${ASSETS}.`;
    case 'build-failed':
      return `Read what go said, and try again with ${BUILD_COMMAND}, ${ASSETS}.`;
  }
}
