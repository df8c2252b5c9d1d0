import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestMs, outages, totalAboveMs } from '../chaos/availability.ts';
import { parseStatus } from '../chaos/cluster-status.ts';
import { driverFailure, outcomeOfCommit } from '../chaos/mysql-outcome.ts';
import { parseOptions, UsageError } from '../chaos/options.ts';
import { percentile } from '../chaos/percentile.ts';
import { isOurs, NotOursError } from '../chaos/process-check.ts';

describe('unavailability', () => {
  it('is the longest time between two answers, from the last one before the fault on', () => {
    const gaps = outages([10, 20, 30, 930, 940, 1_200], 35, 2_000);
    assert.equal(longestMs(gaps), 900);
    assert.equal(totalAboveMs(gaps, 100), 1_160);
  });

  it('begins where answers end, even when one still came after the fault', () => {
    assert.equal(longestMs(outages([10, 20, 36, 536], 35, 2_000)), 500);
  });
});

describe('percentiles', () => {
  it('are values that were measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.deepEqual(
      [0.5, 0.95, 0.99, 1].map((share) => percentile(values, share)),
      [50, 95, 99, 100],
    );
    assert.equal(percentile([], 0.5), null);
  });
});

describe('the outcome of a write that failed', () => {
  const server = (errno: number): object => ({
    code: 'ER_X',
    errno,
    sqlState: 'HY000',
    message: 'no',
  });
  const cases: readonly [string, object, 'fail' | 'unknown'][] = [
    ['a read-only server refused it', server(1290), 'fail'],
    ['the server was shutting down', server(1053), 'unknown'],
    ['the server went offline', server(3032), 'unknown'],
    ['the commit failed on the way', server(3100), 'unknown'],
    [
      'the connection was lost',
      { code: 'PROTOCOL_CONNECTION_LOST', fatal: true, message: 'x' },
      'unknown',
    ],
    ['the connection was reset', { code: 'ECONNRESET', errno: -104, message: 'x' }, 'unknown'],
  ];
  for (const [when, error, expected] of cases) {
    it(`is ${expected} when ${when}`, () => {
      assert.equal(outcomeOfCommit(driverFailure(error)), expected);
    });
  }
});

describe('a process that is to be hit', () => {
  it('must be what the status says', () => {
    const target = { member: 'demo-0', kind: 'mysqld', pid: process.pid } as const;
    assert.throws(() => isOurs(target, '/nowhere'), NotOursError);
  });

  it('may be gone', () => {
    const target = { member: 'demo-0', kind: 'agent', pid: 2 ** 22 + 1 } as const;
    assert.equal(isOurs(target, '/nowhere'), false);
  });
});

describe('the options', () => {
  it('have defaults and a short form', () => {
    assert.equal(parseOptions([], () => 5)?.faults, 60);
    assert.equal(parseOptions([], () => 5)?.seed, 5);
    const short = parseOptions(['--short', '--seed', '9'], () => 5);
    assert.ok((short?.minimumFaults ?? 0) >= 10);
    assert.equal(short?.seed, 9);
  });

  it('are all checked at once', () => {
    const wrong = ['--faults', 'x', '--kinds', 'kill-mysqld,flood', '--clients', '0'];
    assert.throws(
      () => parseOptions(wrong, () => 5),
      (error) =>
        error instanceof UsageError && /--faults.*\n|flood.*\n|--clients/.test(error.message),
    );
  });
});

describe('the status of a cluster', () => {
  it('is read as the command prints it', () => {
    const local = { agentPid: 1, mysqldPid: 2, mysqlPort: 3, mysqlAddress: 'h:3', dataDir: '/x' };
    const status = {
      primary: 'demo-0',
      epoch: 4,
      members: [{ name: 'demo-0', state: 'primary', local }],
    };
    assert.deepEqual(parseStatus(JSON.stringify({ status })), {
      primary: 'demo-0',
      epoch: 4,
      members: [
        {
          ...{ name: 'demo-0', state: 'primary', agentPid: 1, mysqldPid: 2 },
          ...{ mysqlPort: 3, mysqlAddress: 'h:3', errant: null },
        },
      ],
    });
  });

  it('says what it lacks', () => {
    assert.throws(() => parseStatus('{}'), /status is no object/);
  });
});
