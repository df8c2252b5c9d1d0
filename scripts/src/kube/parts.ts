/** One program of Kubernetes: how it is built, how it tells its version, which one will do. */
export type KubePart = {
  /** The Go package that is its `main`. */
  readonly main: string;
  /** The module of `tools/kube/go.mod` whose version is the program's. */
  readonly module: string;
  /** A variable that names the executable itself; envtest's own names. */
  readonly variable: string;
  readonly versionArgs: readonly string[];
  /** The oldest `MAJOR.MINOR` that is taken from this machine in place of the pinned one. */
  readonly oldest: string;
  readonly purpose: string;
};

const KUBERNETES = 'k8s.io/kubernetes';

/**
 * Every program that can be found or built. One more is a line here and a `tool` line in
 * `tools/kube/go.mod`, followed by `go mod tidy` there.
 */
export const KUBE_PARTS = {
  etcd: {
    main: 'go.etcd.io/etcd/server/v3',
    module: 'go.etcd.io/etcd/server/v3',
    variable: 'TEST_ASSET_ETCD',
    versionArgs: ['--version'],
    oldest: '3.5',
    purpose: 'tests on a real Kubernetes API',
  },
  'kube-apiserver': {
    main: `${KUBERNETES}/cmd/kube-apiserver`,
    module: KUBERNETES,
    variable: 'TEST_ASSET_KUBE_APISERVER',
    versionArgs: ['--version'],
    // The minor versions that are supported upstream while 1.36 is the newest.
    oldest: '1.34',
    purpose: 'tests on a real Kubernetes API',
  },
  kubectl: {
    main: `${KUBERNETES}/cmd/kubectl`,
    module: KUBERNETES,
    variable: 'TEST_ASSET_KUBECTL',
    versionArgs: ['version', '--client'],
    oldest: '1.32',
    purpose: 'tests of what a person sees',
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
