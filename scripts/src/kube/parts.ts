/** One program of Kubernetes: how it is built, how it tells its version, which one will do. */
export type KubePart = {
  /** The Go package that is its `main`. */
  readonly main: string;
  /** The module whose version is the program's. */
  readonly module: string;
  /** The folder of the go.mod that pins it, seen from `tools/kube`. */
  readonly pins: string;
  /** String variables that the linker sets, for a program that cannot know its version otherwise. */
  readonly linked: (version: string) => Readonly<Record<string, string>>;
  /** A variable that names the executable itself; for what envtest knows its name. */
  readonly variable: string;
  readonly versionArgs: readonly string[];
  /** The oldest `MAJOR.MINOR` that is taken from this machine in place of the pinned one. */
  readonly oldest: string;
  readonly purpose: string;
};

const KUBERNETES = 'k8s.io/kubernetes';
const KUBERNETES_VERSION = 'k8s.io/component-base/version';
const HELM = 'helm.sh/helm/v4';

/** What all programs of Kubernetes have in common. */
const ofKubernetes = {
  module: KUBERNETES,
  pins: '.',
  linked: (version: string) => ({
    [`${KUBERNETES_VERSION}.gitVersion`]: `v${version}`,
    [`${KUBERNETES_VERSION}.gitMajor`]: version.split('.')[0] ?? '',
    [`${KUBERNETES_VERSION}.gitMinor`]: version.split('.')[1] ?? '',
  }),
} as const;

/**
 * Every program that can be found or built. One more is an entry here and a `tool` line in the
 * go.mod, followed by `go mod tidy` there.
 */
export const KUBE_PARTS = {
  etcd: {
    main: 'go.etcd.io/etcd/server/v3',
    module: 'go.etcd.io/etcd/server/v3',
    pins: '.',
    linked: () => ({}),
    variable: 'TEST_ASSET_ETCD',
    versionArgs: ['--version'],
    oldest: '3.5',
    purpose: 'tests on a real Kubernetes API',
  },
  'kube-apiserver': {
    main: `${KUBERNETES}/cmd/kube-apiserver`,
    ...ofKubernetes,
    variable: 'TEST_ASSET_KUBE_APISERVER',
    versionArgs: ['--version'],
    // The minor versions that are supported upstream while 1.36 is the newest.
    oldest: '1.34',
    purpose: 'tests on a real Kubernetes API',
  },
  kubectl: {
    main: `${KUBERNETES}/cmd/kubectl`,
    ...ofKubernetes,
    variable: 'TEST_ASSET_KUBECTL',
    versionArgs: ['version', '--client'],
    oldest: '1.32',
    purpose: 'tests of what a person sees',
  },
  helm: {
    main: `${HELM}/cmd/helm`,
    module: HELM,
    pins: 'helm',
    linked: (version) => ({ [`${HELM}/internal/version.version`]: `v${version}` }),
    variable: 'RADONDB_HELM',
    versionArgs: ['version', '--short'],
    oldest: '3.18',
    purpose: 'tests of charts',
  },
} as const satisfies Readonly<Record<string, KubePart>>;

export type KubePartName = keyof typeof KUBE_PARTS;

export const KUBE_PART_NAMES = Object.keys(KUBE_PARTS) as readonly KubePartName[];

/** What a Kubernetes API with kubectl consists of; no node, no controllers. */
export const CONTROL_PLANE = [
  'etcd',
  'kube-apiserver',
  'kubectl',
] as const satisfies KubePartName[];
