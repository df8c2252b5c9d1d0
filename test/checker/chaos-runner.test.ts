import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeCluster, type Misbehaviour } from '../chaos/fake-cluster.ts';
import { FAULT_KINDS, type FaultKind, type Pace, planFaults } from '../chaos/fault-plan.ts';
import { closingLine, describeRun, failures } from '../chaos/report.ts';
import { type RunResult, runChaos } from '../chaos/runner.ts';
import { seededRandom } from './random.ts';

const SEED = 7;
const PACE: Pace = {
  waitMs: [20, 40],
  stopMs: [10, 30],
  wakeGapMs: [0, 5],
  secondAfterMs: [0, 10],
  killAfterMs: [0, 10],
};

async function run(options: {
  readonly misbehaviours?: readonly Misbehaviour[];
  readonly kinds?: readonly FaultKind[];
  readonly faults?: number;
  readonly healDeadlineMs?: number;
  readonly budgetMs?: number;
}): Promise<{ result: RunResult; cluster: FakeCluster; printed: string[] }> {
  const cluster = new FakeCluster(options.misbehaviours);
  const kinds = options.kinds ?? ['kill-mysqld'];
  const printed: string[] = [];
  const result = await runChaos(
    {
      faults: planFaults({ seed: SEED, kinds, pace: PACE, count: options.faults ?? kinds.length }),
      members: 3,
      clients: 3,
      rate: 600,
      random: seededRandom(SEED),
      healDeadlineMs: options.healDeadlineMs ?? 10_000,
      lookEveryMs: 5,
      warmUpWrites: 10,
      budgetMs: options.budgetMs ?? 60_000,
      minimumFaults: 1,
      limitMs: 60_000,
    },
    {
      cluster,
      database: cluster,
      print: (line) => printed.push(line),
      signal: new AbortController().signal,
    },
  );
  return { result, cluster, printed };
}

const MACHINE = { cores: 2, load1: 0, stealTicks: 0, allTicks: 1, fsyncP50Ms: 1, fsyncP99Ms: 1 };

function reportOf(
  result: RunResult,
  minimumFaults = result.planned,
): Parameters<typeof failures>[0] {
  return { seed: SEED, result, minimumFaults, machine: { start: MACHINE, end: MACHINE } };
}

describe('the chaos runner', () => {
  it('passes an honest cluster through every kind of fault', async () => {
    const { result, printed } = await run({ kinds: FAULT_KINDS });
    assert.deepEqual(failures(reportOf(result)), []);
    assert.equal(closingLine(result.faults), `${FAULT_KINDS.length} passed, 0 failed\n`);
    assert.equal(printed.length, FAULT_KINDS.length);
    assert.ok((result.verdict?.set.acknowledged ?? 0) > 0);
    assert.deepEqual(result.verdict?.counters.anomalies, []);
  });

  it('measures how long no write is answered', async () => {
    const { result } = await run({ kinds: ['kill-both'] });
    const [fault] = result.faults;
    assert.ok((fault?.unavailableMs ?? 0) >= 50, `${fault?.unavailableMs} ms`);
    assert.notEqual(fault?.from, fault?.to);
  });

  it('wakes what it has stopped', async () => {
    const { cluster } = await run({ kinds: ['sigstop-both'] });
    const count = (signal: string): number =>
      cluster.sent.filter((one) => one.signal === signal).length;
    assert.deepEqual([count('SIGSTOP'), count('SIGCONT')], [2, 2]);
  });

  const wrong: readonly [Misbehaviour, RegExp][] = [
    ['loses-a-write', /acknowledged inserts lost/],
    ['repeats-a-write', /keys present twice/],
    ['invents-a-write', /phantom keys/],
    ['tears-a-transfer', /bank's final sum/],
    ['serves-old-values', /reader's own writes/],
    ['replica-differs', /demo-1 differs from the primary/],
  ];
  for (const [misbehaviour, expected] of wrong) {
    it(`reports a cluster that ${misbehaviour}`, async () => {
      const { result } = await run({ misbehaviours: [misbehaviour], faults: 4 });
      const report = reportOf(result);
      assert.match(failures(report).join('\n'), expected);
      assert.match(describeRun(report), /FAILED: /);
    });
  }

  it('ends at a fault that does not heal, and says what is missing', async () => {
    const misbehaviours = ['member-stays-away'] as const;
    const { result } = await run({ misbehaviours, faults: 3, healDeadlineMs: 300 });
    assert.equal(result.faults.length, 1);
    assert.match(failures(reportOf(result)).join('\n'), /did not heal: demo-0 is catching-up/);
    assert.equal(closingLine(result.faults), '0 passed, 1 failed\n');
  });

  it('reports writes that never come back', async () => {
    const misbehaviours = ['writes-stay-away'] as const;
    const { result } = await run({ misbehaviours, healDeadlineMs: 300 });
    assert.equal(result.faults[0]?.unavailableMs, null);
    assert.match(failures(reportOf(result)).join('\n'), /no write is answered/);
  });

  it('counts a refused switchover as a failed fault', async () => {
    const misbehaviours = ['refuses-switchover'] as const;
    const { result } = await run({ misbehaviours, kinds: ['switchover'] });
    assert.match(
      failures(reportOf(result)).join('\n'),
      /switchover was refused 5 times: not today/,
    );
  });

  it('begins no fault after its time, once there were enough', async () => {
    const { result } = await run({ faults: 5, budgetMs: 0 });
    assert.equal(result.faults.length, 1);
    assert.deepEqual(failures(reportOf(result, 1)), []);
  });

  it('fails a run that had time for too few faults', async () => {
    const { result } = await run({});
    assert.match(failures(reportOf(result, 10)).join('\n'), /only 1 of at least 10/);
  });
});

describe('the schedule', () => {
  const plan = (seed: number): unknown =>
    planFaults({ seed, kinds: FAULT_KINDS, pace: PACE, count: 30 });

  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(plan(1), plan(1));
    assert.notDeepEqual(plan(1), plan(2));
  });

  it('has every kind before one comes again', () => {
    const kinds = planFaults({
      seed: 3,
      kinds: FAULT_KINDS,
      pace: PACE,
      count: FAULT_KINDS.length,
    });
    assert.deepEqual(kinds.map(({ kind }) => kind).toSorted(), [...FAULT_KINDS].toSorted());
  });
});
