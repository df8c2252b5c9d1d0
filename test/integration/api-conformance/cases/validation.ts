import type { ConformanceCase, Step } from '../case.ts';
import { WIDGETS, widget } from '../widget-crd.ts';

const create = (name: string, spec: Record<string, unknown>, metadata = {}): Step => ({
  request: `POST ${WIDGETS}`,
  body: widget(name, spec, metadata),
});
const put = (path: string, value: unknown): Step => ({
  request: `PATCH ${WIDGETS}/${path}`,
  body: value,
  headers: { 'content-type': 'application/merge-patch+json' },
});

export const validationCases: readonly ConformanceCase[] = [
  {
    name: 'every finding is reported at once',
    steps: [
      create('bad', { mode: 'strange', replicas: 12, kind: 'TOO-LONG-KIND', ratio: 0 }),
      create('bad', { replicas: 'three', paused: 'yes', config: [], ports: {} }),
      create('bad', {
        mode: 'any',
        config: { a: 1 },
        ports: [{ port: 0 }],
        order: [1],
        target: true,
      }),
      create('bad', { mode: 'any', ports: [{ name: 'a' }, { name: 'a' }], tags: ['x', 'x'] }),
      create('bad', { mode: 'any', config: { a: '1', b: '2', c: '3', d: '4' } }),
      create('bad', {
        mode: 'any',
        ports: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }],
      }),
      create('bad', { mode: null }),
      create('bad', { mode: 'any', replicas: null }),
      create('bad', { mode: 'any', replicas: 1.5, ratio: 1 }),
      {
        request: `POST ${WIDGETS}`,
        body: { apiVersion: 'conformance.example/v1', kind: 'Widget', metadata: { name: 'bad' } },
      },
      create('', { mode: 'any' }),
      create('Bad_Name', { mode: 'any' }, { labels: { 'a b': 'c d' } }),
    ],
  },
  {
    name: 'rules in CEL hold',
    steps: [
      create('a-name-that-is-much-too-long', { mode: 'any' }),
      create('cel', { mode: 'odd', replicas: 2 }),
      create('cel', { mode: 'any', size: '1Ki' }),
      create('cel', { mode: 'any', size: 'nonsense' }),
      create('cel', { mode: 'any', size: '2Mi', kind: 'a' }),
      put('cel', { spec: { kind: 'b' } }),
      put('cel', { spec: { kind: null } }),
      put('cel', { spec: { size: '1500Ki' } }),
      put('cel', { spec: { size: '3Mi' } }),
      put('cel', { spec: { mode: 'odd', replicas: 4 } }),
    ],
  },
  {
    name: 'defaults are filled in and unknown fields dropped',
    steps: [
      create('plain', { mode: 'any', bogus: 1, free: { anything: [1] } }),
      create('half', { mode: 'any', retention: {} }),
      {
        request: `POST ${WIDGETS}?fieldValidation=Ignore`,
        body: widget('quiet', { mode: 'any', bogus: 1 }),
      },
      {
        request: `POST ${WIDGETS}?fieldValidation=Strict`,
        body: widget('strict', { mode: 'any', bogus: 1, retention: { x: 1 } }),
      },
      { request: `POST ${WIDGETS}?dryRun=All`, body: widget('dry', { mode: 'any' }) },
      { request: `GET ${WIDGETS}/dry` },
    ],
  },
  {
    name: 'status and spec are written apart',
    steps: [
      {
        request: `POST ${WIDGETS}`,
        body: { ...widget('st', { mode: 'any' }), status: { replicas: 1 } },
      },
      put('st', { status: { replicas: 2 } }),
      put('st/status', {
        status: { replicas: 2 },
        spec: { mode: 'odd' },
        metadata: { labels: { a: 'b' } },
      }),
      put('st/status', { status: { replicas: 'x' } }),
      put('st', { spec: { replicas: 1 } }),
      put('st', { metadata: { labels: { a: 'b' } } }),
    ],
  },
];
