import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { containerProcess } from '../../src/pods/container-process.ts';
import type { Container } from '../../src/pods/pod-spec.ts';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'demo-0', namespace: 'shop', uid: 'u', resourceVersion: '1' },
};

function run(container: Partial<Container>, extraEnv: Readonly<Record<string, string>> = {}) {
  return containerProcess(
    { name: 'mysql', image: 'mysql:9.7', ...container },
    {
      pod: POD,
      podIp: '127.77.0.1',
      volumes: new Map([
        ['data', '/v/data'],
        ['tools', '/v/tools'],
        ['inner', '/v/inner'],
      ]),
      imageRoot: '/images/mysql',
      extraEnv,
    },
  );
}

const volumeMounts = [
  { name: 'data', mountPath: '/var/lib/radondb' },
  { name: 'tools', mountPath: '/radondb' },
  { name: 'inner', mountPath: '/var/lib/radondb/inner', subPath: 'x' },
];

describe('a container as a process', () => {
  it('finds its files in its volumes, the innermost first, and the rest in its image', () => {
    const { file, args } = run({
      volumeMounts,
      command: ['/radondb/node', '--flag', '/radondb/agent.mjs'],
      args: [
        '/var/lib/radondb',
        '/var/lib/radondb/inner/f',
        '/usr/sbin/mysqld',
        'relative/radondb',
      ],
    });
    assert.equal(file, '/v/tools/node');
    assert.deepEqual(args, [
      '--flag',
      '/v/tools/agent.mjs',
      '/v/data',
      '/v/inner/x/f',
      '/images/mysql/usr/sbin/mysqld',
      'relative/radondb',
    ]);
  });

  it('does not take a folder for one whose name begins alike', () => {
    assert.deepEqual(run({ volumeMounts, command: ['a', '/radondb-else'] }).args, [
      '/images/mysql/radondb-else',
    ]);
  });

  it('gets its environment from the pod; what this machine needs wins', () => {
    const { env } = run(
      {
        command: ['a'],
        volumeMounts,
        env: [
          { name: 'PLAIN', value: 'x' },
          { name: 'FOLDER', value: '/var/lib/radondb' },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'WINS', value: 'no' },
        ],
      },
      { WINS: '/as/it/is' },
    );
    assert.deepEqual(env, {
      PLAIN: 'x',
      FOLDER: '/v/data',
      NAME: 'demo-0',
      NAMESPACE: 'shop',
      IP: '127.77.0.1',
      WINS: '/as/it/is',
    });
  });

  for (const [what, container, message] of [
    ['no command', {}, /has no command/],
    [
      'an unknown volume',
      { command: ['/x/a'], volumeMounts: [{ name: 'no', mountPath: '/x' }] },
      /volume no,/,
    ],
    [
      'an unknown field',
      {
        command: ['a'],
        env: [{ name: 'E', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      },
      /env E/,
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => run(container), { code: 'UNSUPPORTED_POD', message });
    });
  }
});
