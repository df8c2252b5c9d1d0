import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type MemberReport,
  ProtocolError,
  parseApiError,
  parseMemberHealth,
  parseMemberReport,
  parsePromiseAnswer,
  parsePromiseRequest,
  parseRoute,
  parseSwitchoverAnswer,
  parseSwitchoverRequest,
} from '../src/agent-protocol.ts';
import { aMemberReport } from './builders.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function problemsOf(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return Object.fromEntries(error.problems.map(({ field, message }) => [field, message]));
  }
  return {};
}

describe('the agent protocol', () => {
  it('reads a report as it was sent, and lets fields of a newer version through', () => {
    const report: MemberReport = aMemberReport({
      failovers: [
        {
          epoch: 2,
          kind: 'failover',
          cause: 'mysqld exited',
          from: 'demo-0',
          to: 'demo-1',
          noticedAtMs: 1,
          revokedAtMs: 2,
          electedAtMs: null,
          openedAtMs: null,
          steps: [{ name: 'fence', atMs: 1 }],
        },
      ],
      findings: [{ type: 'DiskFull', status: 'True', reason: 'Soon', message: 'Add space.' }],
    });
    assert.deepEqual(parseMemberReport(throughJson(report)), report);
    assert.deepEqual(parseMemberReport({ ...report, tomorrow: 1 }), { ...report, tomorrow: 1 });
    assert.equal(parseMemberReport(throughJson({ ...report, mysql: null })).mysql, null);
  });

  it('lists everything that is wrong, with its path', () => {
    const report = {
      ...aMemberReport(),
      member: 7,
      state: 'follow',
      mysql: { ...aMemberReport().mysql, lagMs: 'long' },
      log: { ...aMemberReport().log, voters: ['demo-0', 1] },
      promise: -1,
      raft: undefined,
    };
    assert.deepEqual(
      problemsOf(() => parseMemberReport(throughJson(report))),
      {
        raft: 'is missing: add it',
        member: 'must be a string, not 7',
        state:
          'must be one of "starting", "closed", "catching-up", "cloning", "following", "promoting", ' +
          '"primary", "fenced", "down", "failed", not "follow"',
        promise: 'must be 0 or more, not -1',
        'log.voters[1]': 'must be a string, not 1',
        'mysql.lagMs': 'must be a number, 0 or more, or null, not "long"',
      },
    );
  });

  it('names the type and the problems in the message', () => {
    assert.throws(() => parsePromiseRequest({ epoch: 1.5, clusterId: 'c' }), {
      name: 'ProtocolError',
      code: 'PROTOCOL',
      message:
        'not a PromiseRequest: leaderTerm: is missing: add it; epoch: must be a whole number, not 1.5',
    });
    assert.throws(() => parseRoute(null), /not a Route: must be an object, not null/);
    assert.throws(() => parseRoute('x'), ProtocolError);
  });

  it('reads every other message', () => {
    const route = { epoch: 1, open: true, primary: null, replicas: [] };
    const target = { member: 'demo-0', host: '127.0.0.1', port: 3306 };
    assert.deepEqual(parseRoute(route), route);
    assert.deepEqual(parseRoute({ ...route, primary: target }).primary, target);
    assert.deepEqual(
      Object.keys(problemsOf(() => parseRoute({ ...route, primary: { ...target, port: 0 } }))),
      ['primary.port'],
    );
    parsePromiseRequest({ epoch: 1, clusterId: 'c', leaderTerm: 2 });
    parseSwitchoverRequest({ to: null, timeoutMs: 5000 });
    assert.throws(() => parseSwitchoverRequest({ to: null, timeoutMs: 0 }), /more than 0/);
    parseSwitchoverAnswer({ from: 'a', to: 'b', epoch: 2, writesShutMs: 12.5 });
    parseApiError({ code: 'X', message: 'm', details: [] });
    const health = {
      member: 'demo-0',
      epoch: 3,
      serving: null,
      mysqld: 'up',
      candidate: true,
      why: '',
      sequence: 1,
      bootId: 'b',
      purged: '',
      executed: '',
      retrieved: '',
      synced: true,
    };
    assert.deepEqual(parseMemberHealth(health), health);
    const answer = {
      member: 'demo-0',
      epoch: 3,
      content: '',
      executed: '',
      purged: '',
      serverUuid: 'u',
      amnesiac: false,
      whole: true,
      clonedSince: false,
      lastPrimaryEpoch: null,
      source: 'files',
      candidate: true,
      reason: null,
      priority: 0,
    };
    assert.deepEqual(parsePromiseAnswer(answer), answer);
    for (const field of Object.keys(answer)) {
      const { [field]: _, ...rest } = answer as Record<string, unknown>;
      assert.deepEqual(Object.keys(problemsOf(() => parsePromiseAnswer(rest))), [field]);
    }
  });
});
