import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MemberReport } from '@radondb/api';
import { viewCluster } from '@radondb/api/status/view';
import type { PodFacts } from '../../src/reconcilers/mysql-cluster/pod-facts.ts';
import { nextRolloutStep } from '../../src/reconcilers/mysql-cluster/rollout.ts';
import { converge } from './reconcile-once.ts';
import { World } from './world.ts';

const MEMBERS = ['demo-0', 'demo-1', 'demo-2'];

interface Setting {
  /** Letters of the three pods: `o` outdated, `n` new, `x` outdated and not running, `t` terminating, `-` missing. */
  readonly pods: string;
  readonly primary?: string | null;
  /** Members that do not answer. */
  readonly silent?: readonly string[];
  /** Members that say that they have failed. */
  readonly failed?: readonly string[];
  readonly isNew?: boolean;
  readonly isTemplateSeen?: boolean;
}

async function stepOf(setting: Setting): Promise<string> {
  const { pods, primary = 'demo-0', silent = [], failed = [], isNew = false } = setting;
  const members = MEMBERS.slice(0, pods.length);
  const world = new World({ replicas: pods.length });
  await converge(world);
  world.primary = primary;
  for (const name of failed) world.broken.add(name);
  const reports = new Map<string, MemberReport | null>(
    members.map((name) => [name, silent.includes(name) ? null : world.report(name)]),
  );
  const cluster = { apiVersion: 'radondb.com/v1', kind: 'MysqlCluster' } as const;
  const step = nextRolloutStep({
    revision: 'new',
    members,
    pods: members.flatMap((name, i) => factsOf(name, pods[i] ?? '-')),
    view: viewCluster(
      { ...cluster, metadata: { name: 'demo' }, spec: { replicas: pods.length } },
      reports,
    ),
    isNew,
    isTemplateSeen: setting.isTemplateSeen ?? true,
  });
  return step.kind === 'delete' ? `delete ${step.pod.name}` : step.kind;
}

function factsOf(name: string, letter: string): readonly PodFacts[] {
  if (letter === '-') return [];
  const revision = letter === 'n' ? 'new' : 'old';
  return [{ name, uid: name, revision, isTerminating: letter === 't', isRunning: letter !== 'x' }];
}

suite('the next restart', () => {
  for (const [what, setting, expected] of [
    ['nobody when all are current', { pods: 'nnn' }, 'done'],
    ['the last replica first', { pods: 'ooo' }, 'delete demo-2'],
    ['then the next', { pods: 'oon' }, 'delete demo-1'],
    ['a primary hands over first', { pods: 'onn' }, 'switchover'],
    ['a former primary follows', { pods: 'onn', primary: 'demo-1' }, 'delete demo-0'],
    ['a primary in the middle is passed over', { pods: 'noo', primary: 'demo-2' }, 'delete demo-1'],
    ['nobody before the template is seen', { pods: 'ooo', isTemplateSeen: false }, 'wait'],
    ['nobody while a pod is missing', { pods: 'oo-' }, 'wait'],
    ['nobody while a pod goes', { pods: 'oot' }, 'wait'],
    ['nobody while a pod is missing, not even one that does not run', { pods: 'ox-' }, 'wait'],
    ['nobody while a current member does not work', { pods: 'oon', silent: ['demo-2'] }, 'wait'],
    [
      'the only one that does not work, if outdated',
      { pods: 'ooo', silent: ['demo-1'] },
      'delete demo-1',
    ],
    ['nobody while two do not work', { pods: 'ooo', silent: ['demo-1', 'demo-2'] }, 'wait'],
    ['nobody while no primary is open', { pods: 'ooo', primary: null }, 'wait'],
    ['one that does not run, at once', { pods: 'oxo', silent: ['demo-1'] }, 'delete demo-1'],
    ['not a primary that does not run but counts as open', { pods: 'xoo' }, 'delete demo-2'],
    [
      'one that has failed while nobody is open',
      { pods: 'ooo', primary: null, failed: ['demo-1'] },
      'delete demo-1',
    ],
    [
      'not one that has failed beside another that does not work, while a primary is open',
      { pods: 'ooo', failed: ['demo-1'], silent: ['demo-2'] },
      'wait',
    ],
    ['anyone before the first write', { pods: 'ooo', primary: null, isNew: true }, 'delete demo-2'],
    ['the only member', { pods: 'o' }, 'delete demo-0'],
    [
      'the only member, though it has failed',
      { pods: 'o', primary: null, failed: ['demo-0'] },
      'delete demo-0',
    ],
  ] as const satisfies readonly (readonly [string, Setting, string])[])
    test(`${what}`, async () => {
      assert.equal(await stepOf(setting), expected);
    });
});
