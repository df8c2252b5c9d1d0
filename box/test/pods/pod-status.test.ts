import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { type ContainerView, podStatus, waitingContainers } from '../../src/pods/pod-status.ts';
import { probed, UNPROBED } from '../../src/pods/probe.ts';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'demo-0', namespace: 'shop', uid: 'u', resourceVersion: '1' },
  spec: { containers: [{ name: 'mysql', image: 'm' }] },
};
const RUNNING: ContainerView = {
  name: 'mysql',
  image: 'm',
  state: { phase: 'running', pid: 7, since: 's' },
  restarts: 0,
  started: true,
  ready: true,
};

function told(containers: readonly ContainerView[], at = 't1', pod = POD, initialized = true) {
  const status = podStatus(pod, { podIp: 'ip', startTime: 't0', initialized, containers, at });
  const conditions = Object.fromEntries(status.conditions.map((it) => [it.type, it.status]));
  return { status, conditions };
}

describe("a pod's status", () => {
  it('is pending while nothing has run, with the reason', () => {
    const waiting = waitingContainers(POD, 'ContainerCreating', 'no Secret demo-tls');
    const { status, conditions } = told(waiting, 't1', POD, false);
    assert.equal(status.phase, 'Pending');
    assert.deepEqual([conditions['Initialized'], conditions['Ready']], ['False', 'False']);
    assert.deepEqual(status.containerStatuses[0]?.state, {
      waiting: { reason: 'ContainerCreating', message: 'no Secret demo-tls' },
    });
  });

  it('is ready when all containers are, and stays running while one is started again', () => {
    assert.equal(told([RUNNING]).conditions['Ready'], 'True');
    const crashed: ContainerView = {
      ...RUNNING,
      state: { phase: 'waiting', reason: 'CrashLoopBackOff', message: 'ended with code 1' },
      restarts: 2,
      ready: false,
    };
    const { status, conditions } = told([RUNNING, crashed]);
    assert.deepEqual([status.phase, conditions['Ready']], ['Running', 'False']);
    assert.equal(status.containerStatuses[1]?.restartCount, 2);
  });

  it('keeps the time of a condition that has not changed', () => {
    const first = told([RUNNING], 't1').status;
    const again = told([RUNNING], 't2', { ...POD, status: first }).status;
    assert.deepEqual(again.conditions, first.conditions);
    const later = told([{ ...RUNNING, ready: false }], 't3', { ...POD, status: again }).status;
    const ready = later.conditions.find((it) => it.type === 'Ready');
    assert.deepEqual([ready?.status, ready?.lastTransitionTime], ['False', 't3']);
  });
});

describe('a probe', () => {
  const after = (answers: string, probe: object) =>
    [...answers].reduce((state, it) => probed(state, it === '+', probe), UNPROBED).verdict;

  it('says nothing before a threshold, and what was said last until the other is reached', () => {
    assert.equal(after('--', { failureThreshold: 3 }), null);
    assert.equal(after('---', { failureThreshold: 3 }), false);
    assert.equal(after('+--', { failureThreshold: 3 }), true);
    assert.equal(after('+---', { failureThreshold: 3 }), false);
    assert.equal(after('--+--', { failureThreshold: 3, successThreshold: 2 }), null);
    assert.equal(after('--++', { failureThreshold: 3, successThreshold: 2 }), true);
  });
});
