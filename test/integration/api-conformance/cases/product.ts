import { readdirSync, readFileSync } from 'node:fs';
import type { ConformanceCase, Step } from '../case.ts';

const MANIFESTS = new URL('../../../../manifests/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, MANIFESTS), 'utf8');

/** The definitions of our own kinds, applied before the cases. */
export const PRODUCT_CRDS: readonly string[] = readdirSync(new URL('crds/', MANIFESTS))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => read(`crds/${name}`));

const samples = readdirSync(new URL('samples/', MANIFESTS))
  .filter((name) => name.endsWith('.yaml'))
  .sort();

/** Every sample: applied both ways, shown, and applied again without a change. */
const applySamples: Step[] = samples.flatMap((name) => [
  { kubectl: 'apply -f -', stdin: read(`samples/${name}`) },
  { kubectl: 'apply -f -', stdin: read(`samples/${name}`) },
  { kubectl: 'diff -f -', stdin: read(`samples/${name}`) },
  { kubectl: 'apply --server-side --force-conflicts -f -', stdin: read(`samples/${name}`) },
]);

const CLUSTER = read('samples/cluster.yaml');
const broken = (from: RegExp, to: string): Step => ({
  kubectl: 'apply -f -',
  stdin: CLUSTER.replace(from, to),
});

export const productCases: readonly ConformanceCase[] = [
  {
    name: 'our samples',
    steps: [...applySamples, { kubectl: 'get mysqlclusters' }, { kubectl: 'get myc demo -o yaml' }],
  },
  {
    name: 'our cluster is changed and refused',
    steps: [
      broken(/replicas: 3/, 'replicas: 9'),
      broken(/replicas: 3/, 'replicas: three'),
      broken(/replicas: 3/, 'replicas: 3\n  replica: 3'),
      broken(/durability: standard/, 'durability: sometimes'),
      broken(/delay: 0s/, 'delay: soon'),
      broken(/version: "9.7"/, 'version: "5.7"'),
      { kubectl: 'apply -f -', stdin: CLUSTER },
      { kubectl: 'scale myc demo --replicas=5' },
      { kubectl: 'get myc demo -o wide' },
      { kubectl: 'scale myc demo --replicas=99' },
      { kubectl: `patch myc demo --type=merge -p '{"spec":{"mysql":{"version":"8.0"}}}'` },
      { kubectl: 'label myc demo team=a' },
      { kubectl: 'describe myc demo' },
      { kubectl: 'delete myc demo' },
    ],
  },
  {
    name: 'our kinds are explained',
    steps: ['myc', 'myc.spec', 'myc.spec.ha', 'myc.status', 'myu.spec', 'myd.spec'].map((what) => ({
      kubectl: `explain ${what}`,
    })),
  },
];
