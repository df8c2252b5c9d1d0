import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { planSet } from '../../src/stateful-set/plan.ts';
import { podOf, revisionOf } from '../../src/stateful-set/pod-of.ts';

function aSet(spec: object = {}, more: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'demo',
      namespace: 'shop',
      uid: 'set-1',
      resourceVersion: '1',
      generation: 3,
      ...more,
    },
    spec: {
      replicas: 3,
      serviceName: 'demo-members',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'demo' } },
      template: {
        metadata: { labels: { app: 'demo' }, annotations: { a: 'b' } },
        spec: {
          containers: [{ name: 'mysql', image: 'mysql:9.7' }],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', labels: { l: 'm' } },
          spec: { accessModes: ['ReadWriteOnce'] },
        },
      ],
      ...spec,
    },
  };
}

function aPod(
  set: KubeObject,
  ordinal: number,
  status: object = READY,
  more: object = {},
): KubeObject {
  const pod = podOf(set, ordinal);
  return {
    ...pod,
    metadata: { ...pod.metadata, uid: `pod-${ordinal}`, resourceVersion: '1', ...more },
    status,
  };
}

const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const CLAIMS = new Set(['data-demo-0', 'data-demo-1', 'data-demo-2']);
const told = (set: KubeObject, pods: readonly KubeObject[], claims: ReadonlySet<string> = CLAIMS) =>
  planSet({ set, pods, claims }).actions.map((it) => {
    const object = it.do === 'create-claim' ? it.claim : it.pod;
    return `${it.do} ${object.metadata.name}`;
  });

describe('the StatefulSet controller', () => {
  it('makes claims and pods of all ordinals at once when they may be made in parallel', () => {
    assert.deepEqual(told(aSet(), [], new Set(['data-demo-1'])), [
      'create-claim data-demo-0',
      'create-pod demo-0',
      'create-pod demo-1',
      'create-claim data-demo-2',
      'create-pod demo-2',
    ]);
  });

  it('makes them one after the other when each must be ready first', () => {
    const set = aSet({ podManagementPolicy: 'OrderedReady' });
    assert.deepEqual(told(set, []), ['create-pod demo-0']);
    assert.deepEqual(told(set, [aPod(set, 0, { phase: 'Running' })]), []);
    assert.deepEqual(told(set, [aPod(set, 0)]), ['create-pod demo-1']);
  });

  it('gives a pod its name, its claim, its revision, its owner', () => {
    const pod = podOf(aSet(), 1);
    assert.equal(pod.metadata.name, 'demo-1');
    assert.equal(pod.metadata.labels?.['apps.kubernetes.io/pod-index'], '1');
    assert.equal(pod.metadata.labels?.['controller-revision-hash'], revisionOf(aSet()));
    assert.equal(pod.metadata.ownerReferences?.[0]?.uid, 'set-1');
    assert.deepEqual((pod['spec'] as { volumes: unknown }).volumes, [
      { name: 'tmp', emptyDir: {} },
      { name: 'data', persistentVolumeClaim: { claimName: 'data-demo-1' } },
    ]);
  });

  it('OnDelete: leaves pods of an older template alone, and tells of them', () => {
    const old = aSet();
    const changed = aSet({
      template: { metadata: { labels: { app: 'demo' } }, spec: { containers: [] } },
    });
    const set = { ...changed, status: { currentRevision: revisionOf(old) } };
    const pods = [aPod(old, 0), aPod(old, 1), aPod(set, 2)];
    const { actions, status } = planSet({ set, pods, claims: CLAIMS });
    assert.deepEqual(actions, []);
    assert.deepEqual([status.updatedReplicas, status.currentReplicas], [1, 2]);
    assert.notEqual(status.currentRevision, status.updateRevision);
    const done = planSet({ set, pods: [0, 1, 2].map((i) => aPod(set, i)), claims: CLAIMS }).status;
    assert.equal(done.currentRevision, done.updateRevision);
  });

  it('deletes what is too many and what has ended, once', () => {
    const set = aSet({ replicas: 2 });
    const pods = [aPod(set, 0), aPod(set, 1, { phase: 'Failed' }), aPod(set, 2)];
    assert.deepEqual(told(set, pods), ['delete-pod demo-1', 'delete-pod demo-2']);
    const going = pods.map((pod, i) =>
      aPod(set, i, pod['status'] as object, { deletionTimestamp: 'now' }),
    );
    assert.deepEqual(told(set, going), []);
  });

  it('takes over the pods that an orphaning deletion has left, and no one else', () => {
    const set = aSet();
    const orphan = aPod(set, 0, READY, { ownerReferences: [] });
    const foreign = aPod(set, 1, READY, {
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x', controller: true }],
    });
    assert.deepEqual(told(set, [orphan, foreign, aPod(set, 2)]), [
      'adopt-pod demo-0',
      'create-pod demo-1',
    ]);
  });

  it('does nothing for one that is being deleted', () => {
    assert.deepEqual(told(aSet({}, { deletionTimestamp: 'now' }), []), []);
  });

  it('counts who is ready', () => {
    const set = aSet();
    const { status } = planSet({ set, pods: [aPod(set, 0), aPod(set, 1, {})], claims: CLAIMS });
    assert.deepEqual([status.replicas, status.readyReplicas, status.observedGeneration], [2, 1, 3]);
  });
});
