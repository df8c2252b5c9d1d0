import type { ConformanceCase, Step } from '../case.ts';
import { WIDGETS, widget } from '../widget-crd.ts';

const MAPS = '/api/v1/namespaces/NS/configmaps';
const map = (name: string, extra: Record<string, unknown> = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(extra['metadata'] as object) },
  data: { a: '1' },
});
const create = (name: string, extra = {}): Step => ({
  request: `POST ${MAPS}`,
  body: map(name, extra),
});
const apply = (manager: string, name: string, spec: unknown, more = ''): Step => ({
  request: `PATCH ${WIDGETS}/${name}?fieldManager=${manager}${more}`,
  body: { apiVersion: 'conformance.example/v1', kind: 'Widget', metadata: { name }, spec },
  headers: { 'content-type': 'application/apply-patch+yaml' },
});
const owners = (name: string): Step => ({
  request: `GET ${WIDGETS}/${name}`,
  only: ['metadata.managedFields', 'spec', 'metadata.generation'],
});

export const objectCases: readonly ConformanceCase[] = [
  {
    name: 'objects are created, read, replaced and deleted',
    steps: [
      create('one'),
      create('one'),
      { request: `GET ${MAPS}/one` },
      { request: `GET ${MAPS}/two` },
      { request: `PUT ${MAPS}/one`, body: { ...map('one'), data: { b: '2' } } },
      {
        request: `PUT ${MAPS}/one`,
        body: { ...map('one'), metadata: { name: 'one', resourceVersion: '1' } },
      },
      { request: `PUT ${MAPS}/one`, body: map('two') },
      {
        request: `PUT ${MAPS}/one`,
        body: {
          ...map('one'),
          metadata: { name: 'one', uid: '00000000-0000-0000-0000-000000000000' },
        },
        only: ['reason', 'code'],
      },
      {
        request: `POST ${MAPS}`,
        body: { ...map('x'), apiVersion: 'v2' },
        only: ['reason', 'code'],
      },
      { request: 'POST /api/v1/namespaces/nowhere/configmaps', body: map('x') },
      {
        request: `POST ${MAPS}`,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } },
        only: ['metadata.generateName', 'kind'],
      },
      {
        request: `DELETE ${MAPS}/one`,
        body: { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } },
      },
      { request: `DELETE ${MAPS}/one` },
      { request: `DELETE ${MAPS}/one` },
      { request: `POST ${WIDGETS}`, body: widget('w', { mode: 'any' }) },
      { request: `PUT ${WIDGETS}/w`, body: widget('w', { mode: 'odd' }) },
      { request: 'GET /apis/nothing.example/v1/things' },
      { request: `POST ${MAPS}/one` },
    ],
  },
  {
    name: 'lists come in pages and by selectors',
    steps: [
      ...['a', 'b', 'c', 'd'].map((name) =>
        create(name, { metadata: { labels: { tier: name < 'c' ? 'gold' : 'tin' } } }),
      ),
      { request: `GET ${MAPS}?limit=2` },
      { request: `GET ${MAPS}?labelSelector=tier=gold` },
      {
        request: `GET ${MAPS}?labelSelector=tier%20in%20(tin,zinc),!x`,
        only: ['metadata.remainingItemCount'],
      },
      { request: `GET ${MAPS}?labelSelector=tier!=gold&limit=1` },
      { request: `GET ${MAPS}?fieldSelector=metadata.name=b` },
      { request: `GET ${MAPS}?fieldSelector=data.a=1` },
      { request: `GET ${MAPS}?labelSelector=)(`, only: ['reason', 'code'] },
      { request: `GET ${MAPS}?continue=nonsense`, only: ['reason', 'code'] },
      { request: `DELETE ${MAPS}?labelSelector=tier=gold` },
      { request: `GET ${MAPS}?limit=5` },
    ],
  },
  {
    name: 'finalizers keep an object until they are gone',
    steps: [
      {
        request: `POST ${WIDGETS}`,
        body: widget('kept', { mode: 'any' }, { finalizers: ['conformance.example/wait'] }),
      },
      { request: `DELETE ${WIDGETS}/kept` },
      { request: `DELETE ${WIDGETS}/kept` },
      {
        request: `PATCH ${WIDGETS}/kept`,
        body: {
          metadata: { finalizers: ['conformance.example/wait', 'conformance.example/more'] },
        },
        headers: { 'content-type': 'application/merge-patch+json' },
      },
      {
        request: `PATCH ${WIDGETS}/kept`,
        body: { metadata: { finalizers: null } },
        headers: { 'content-type': 'application/merge-patch+json' },
      },
      { request: `GET ${WIDGETS}/kept` },
      { request: `POST ${WIDGETS}`, body: widget('fg', { mode: 'any' }) },
      {
        request: `DELETE ${WIDGETS}/fg`,
        body: { propagationPolicy: 'Orphan', dryRun: ['All'] },
        only: ['kind', 'status'],
      },
    ],
  },
  {
    name: 'fields belong to who applied them',
    steps: [
      apply('alice', 'own', {
        mode: 'any',
        config: { a: '1' },
        ports: [{ name: 'x', port: 1 }],
        tags: ['t1'],
        order: ['o1'],
      }),
      apply('bob', 'own', { config: { b: '2' }, ports: [{ name: 'y', port: 2 }], tags: ['t2'] }),
      owners('own'),
      apply('bob', 'own', { mode: 'odd', ports: [{ name: 'x', port: 9 }] }),
      apply('bob', 'own', { mode: 'odd' }),
      apply('bob', 'own', { mode: 'odd', ports: [{ name: 'y' }] }, '&force=true'),
      owners('own'),
      apply('alice', 'own', { tags: ['t1'] }),
      owners('own'),
      {
        request: `PATCH ${WIDGETS}/own?fieldManager=carol`,
        body: { spec: { paused: true, tags: ['t1', 't9'] } },
        headers: { 'content-type': 'application/merge-patch+json' },
      },
      owners('own'),
      apply('alice', 'own', { tags: ['t1'], paused: false }),
      {
        request: `PATCH ${WIDGETS}/own/status?fieldManager=dora`,
        body: {
          apiVersion: 'conformance.example/v1',
          kind: 'Widget',
          metadata: { name: 'own' },
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
        },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      },
      {
        request: `PATCH ${WIDGETS}/own/status?fieldManager=emil`,
        body: {
          apiVersion: 'conformance.example/v1',
          kind: 'Widget',
          metadata: { name: 'own' },
          status: { conditions: [{ type: 'Ready', status: 'False' }] },
        },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      },
      owners('own'),
      apply('', 'own', { mode: 'any' }),
    ],
  },
  {
    name: 'watches tell what happens',
    steps: [
      create('before'),
      { watch: `${MAPS}?watch=true`, events: 1 },
      {
        watch: `${MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        events: 2,
      },
      { watch: `${MAPS}?watch=true&sendInitialEvents=true`, events: 1 },
      { watch: `${MAPS}?watch=true&fieldSelector=metadata.name=none&timeoutSeconds=1`, events: 1 },
    ],
  },
  {
    name: 'strategic merge patches merge keyed lists',
    steps: [
      {
        request: 'POST /apis/apps/v1/namespaces/NS/statefulsets',
        body: {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'set' },
          spec: {
            serviceName: 'svc',
            selector: { matchLabels: { a: 'b' } },
            template: {
              metadata: { labels: { a: 'b' } },
              spec: {
                containers: [
                  {
                    name: 'one',
                    image: 'i:1',
                    ports: [{ containerPort: 80 }],
                    env: [{ name: 'A', value: '1' }],
                    readinessProbe: { httpGet: { port: 80 } },
                  },
                ],
                volumes: [{ name: 'v', secret: { secretName: 's' } }],
              },
            },
            volumeClaimTemplates: [
              {
                metadata: { name: 'data' },
                spec: {
                  accessModes: ['ReadWriteOnce'],
                  resources: { requests: { storage: '1Gi' } },
                },
              },
            ],
          },
        },
      },
      {
        request: 'GET /apis/apps/v1/namespaces/NS/statefulsets/set',
        only: ['metadata.managedFields'],
      },
      {
        request: 'PATCH /apis/apps/v1/namespaces/NS/statefulsets/set',
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: {
          spec: {
            template: {
              spec: {
                containers: [
                  { name: 'two', image: 'i:2' },
                  { name: 'one', env: [{ name: 'B', value: '2' }] },
                ],
              },
            },
          },
        },
        only: ['spec.template.spec.containers', 'metadata.generation'],
      },
      {
        request: 'PATCH /apis/apps/v1/namespaces/NS/statefulsets/set',
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: { spec: { serviceName: 'other' } },
      },
      { kubectl: 'scale sts set --replicas=2' },
      { kubectl: 'get sts' },
      { kubectl: 'get sts -o wide' },
      { kubectl: 'set image sts/set one=i:3' },
    ],
  },
];
