import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { elect, found, gtids, open, revoke } from '../core/builders.ts';
import { aMember, eventually, OPEN_UNDER_A } from './fakes/a-member.ts';

const UNDER_C = [revoke(2), elect(2, 'C', '1:1-9'), open(2, '3:1')];
const PREPARED = { log: { epoch: 2 }, mysql: { readOnly: false } } as never;

suite('a member that starts', () => {
  test('runs a replica’s mysqld closed, and follows only when its log has caught up (I9, X7)', async (t) => {
    const { server, rests, cluster, file } = await aMember(t, { caughtUp: false });
    await rests('closed');
    assert.equal(server.state, 'up');
    assert.deepEqual([server.offline, server.readOnly, server.receiver], [true, true, null]);
    assert.equal(file.record.promise, 0);
    cluster.markCaughtUp();
    await rests('following');
    assert.deepEqual(server.receiver, { source: '127.0.0.1:1', acknowledge: true });
    assert.equal(file.record.promise, 1, 'promised before it connects (I3)');
  });

  test('leaves the last primary’s mysqld down until a primary is elected, and answers from its files (I9)', async (t) => {
    const { server, rests, raft, ask } = await aMember(t, {
      name: 'A',
      record: { promise: 1, inService: 1, lastPrimaryEpoch: 1 },
      server: (s) => Object.assign(s, { tail: gtids('1:10') }),
    });
    await rests('down');
    raft.commit(revoke(2));
    assert.equal((await ask(2)).content, gtids('1:1-10').toString());
    assert.equal(server.said('start'), 0);
    raft.commit(elect(2, 'C', '1:1-10'));
    await rests('following');
    assert.equal(server.generation, 1);
  });

  test('initialises an empty disk only in a cluster that has never been open', async (t) => {
    const empty = {
      record: { hadData: false },
      bootstrap: true,
      server: (s: object) =>
        Object.assign(s, { hasDataNow: false, executed: gtids(''), donor: gtids('1:1-10') }),
    };
    const fresh = await aMember(t, { ...empty, log: [found('A', 'B', 'C')] });
    await eventually('initialised', () => fresh.server.said('initialise') === 1);
    const late = await aMember(t, { ...empty, log: OPEN_UNDER_A });
    await late.rests('following');
    assert.deepEqual([late.server.said('initialise'), late.server.said('clone')], [0, 1]);
  });

  test('remembers that it had data, though the agent died before it could say so', async (t) => {
    const { rests, file } = await aMember(t, { record: { hadData: false } });
    await rests('following');
    assert.equal(file.record.hadData, true);
  });

  test('a reader follows and does not acknowledge (I2)', async (t) => {
    const { server, rests } = await aMember(t, {
      name: 'C',
      log: [found('A', 'B'), revoke(1), elect(1, 'A'), open(1)],
    });
    await rests('following');
    assert.equal(server.receiver?.acknowledge, false);
  });

  test('does not acknowledge by a voter set older than the one it acted on (I12)', async (t) => {
    const { server, rests } = await aMember(t, { record: { configVersion: 2 } });
    await rests('following');
    assert.equal(server.receiver?.acknowledge, false);
  });
});

suite('a member that turns to a new primary', () => {
  test('keeps its relay log when nothing in it is void (I5)', async (t) => {
    const { server, rests, raft, journal } = await aMember(t);
    await rests('following');
    server.retrieved = gtids('1:8-9');
    raft.commit(...UNDER_C);
    await eventually('follows C', () => server.receiver?.source.endsWith(':3') === true);
    assert.equal(journal.filter((line) => line === 'resetReplica').length, 0);
  });

  test('applies what base has of a void relay log before it drops the rest (X12)', async (t) => {
    const { server, rests, raft, file } = await aMember(t);
    await rests('following');
    raft.commit(revoke(2));
    Object.assign(server, {
      executed: gtids('1:1-6'),
      retrieved: gtids('1:7-12'),
      applying: false,
    });
    raft.commit(...UNDER_C.slice(1));
    await eventually('follows C', () => server.receiver?.source.endsWith(':3') === true);
    assert.equal(server.executed.toString(), gtids('1:1-9').toString());
    assert.equal(server.retrieved.toString(), '');
    assert.equal(file.record.amnesiaSinceEpoch, null);
  });

  test('admits amnesia before it drops what it could not apply, until base is held again (X12)', async (t) => {
    const { server, rests, raft, journal, file } = await aMember(t);
    await rests('following');
    server.sql.applyUpTo = async () => false;
    raft.commit(revoke(2));
    Object.assign(server, { executed: gtids('1:1-6'), retrieved: gtids('1:7-12') });
    journal.length = 0;
    raft.commit(elect(2, 'C', '1:1-9'));
    await eventually('dropped', () => server.said('resetReplica') > 0);
    const admitted = journal.indexOf('write amnesiaSinceEpoch=1');
    assert.ok(admitted >= 0 && admitted < journal.indexOf('resetReplica'), journal.join('; '));
    await eventually('tries to become whole', () => server.said('waitExecuted') > 0);
    assert.equal(file.record.amnesiaSinceEpoch, 1);
    server.executed = gtids('1:1-9');
    await eventually('whole', () => file.record.amnesiaSinceEpoch === null);
  });

  test('is errant when its applier was faster than the trimming', async (t) => {
    const { server, rests, raft, health } = await aMember(t);
    await rests('following');
    raft.commit(revoke(2));
    Object.assign(server, { executed: gtids('1:1-6'), retrieved: gtids('1:7-12') });
    server.make('applyUpTo', () => {
      server.executed = gtids('1:1-12');
    });
    raft.commit(elect(2, 'C', '1:1-9'));
    await eventually('errant', () => !health().candidate);
    assert.match(health().why, /:10-12/);
    assert.ok(!server.receiver?.source.endsWith(':3'));
  });

  test('saves evidence, then clones; the disk loses its rank at the swap, not before (I8)', async (t) => {
    const { server, rests, raft, journal, file } = await aMember(t, {
      name: 'A',
      record: { promise: 1, inService: 1, lastPrimaryEpoch: 1 },
      server: (s) => Object.assign(s, { tail: gtids('1:10'), donor: gtids('1:1-9 3:1') }),
    });
    await rests('down');
    raft.commit(...UNDER_C);
    await eventually('cloned', () => server.said('swap') > 0);
    const order = [
      `saveEvidence ${gtids('1:10').toString()}`,
      'clone 3',
      'write amnesiaSinceEpoch=2 clonedSince=true lastPrimaryEpoch=null',
      'swap',
    ].map((v) => journal.indexOf(v));
    assert.ok(
      order.every((at) => at >= 0),
      journal.join('; '),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    assert.ok(
      journal.indexOf('start') === -1 || journal.indexOf('start') > journal.indexOf('swap'),
    );
    await eventually(
      'in the cluster again',
      () => file.record.inService === null && server.state === 'up',
    );
  });

  test('a clone is interrupted by a newer epoch: the old disk keeps its rank and its mysqld stays down (I9)', async (t) => {
    const { server, rests, raft, file, ask } = await aMember(t, {
      name: 'A',
      record: { promise: 1, inService: 1, lastPrimaryEpoch: 1 },
      server: (s) => {
        s.tail = gtids('1:10');
        s.make('clone', 'hangs');
      },
    });
    await rests('down');
    raft.commit(...UNDER_C);
    await eventually('clones', () => server.said('clone') > 0);
    raft.commit(revoke(3));
    const answer = await ask(3);
    assert.deepEqual([answer.lastPrimaryEpoch, answer.whole, answer.source], [1, true, 'files']);
    assert.deepEqual([file.record.inService, server.said('start')], [1, 0]);
    assert.equal(answer.content, gtids('1:1-10').toString());
  });

  test('does not clone before open from a primary that has not prepared its epoch', async (t) => {
    const { server, rests, raft, reports, context } = await aMember(t);
    await rests('following');
    server.executed = gtids('1:1-12');
    Object.defineProperty(context.cluster, 'phaseForMs', { get: () => 60_000 });
    reports.set('C', { log: { epoch: 2 }, mysql: { readOnly: true } } as never);
    raft.commit(revoke(2), elect(2, 'C', '1:1-9'));
    await eventually('asked', () => server.said('clone') === 0 && context.memory.reseed !== null);
    await rests('failed');
    assert.equal(server.said('clone'), 0);
    reports.set('C', PREPARED);
    await eventually('clones', () => server.said('clone') > 0);
  });
});

suite('an amnesiac replica (I8)', () => {
  test('is whole by base of a later epoch, also before that opens (X4)', async (t) => {
    const { raft, rests, file, marks } = await aMember(t, {
      record: { amnesiaSinceEpoch: 1, promise: 1 },
      log: [...OPEN_UNDER_A, revoke(2)],
    });
    await rests('closed');
    raft.commit(elect(2, 'C', '1:1-9'));
    await eventually('whole', () => file.record.amnesiaSinceEpoch === null);
    assert.deepEqual(marks, [], 'no mark was needed');
  });

  test('in the epoch of the loss only by a transaction that the primary wrote after its connection (X9)', async (t) => {
    const { server, file, marks, journal } = await aMember(t, {
      record: { amnesiaSinceEpoch: 1, promise: 1 },
    });
    await eventually('asked for a mark', () => marks.length > 0);
    assert.equal(
      file.record.amnesiaSinceEpoch,
      1,
      'it holds everything of base and more, which proves nothing',
    );
    assert.ok(
      journal.findIndex((line) => line.startsWith('follow')) >= 0,
      'asked after it connected',
    );
    server.executed = gtids('1:1-10');
    await eventually('whole', () => file.record.amnesiaSinceEpoch === null);
  });

  test('is whole by the mark in its relay log: one that lags never catches up with it', async (t) => {
    const { server, marks, file } = await aMember(t, {
      record: { amnesiaSinceEpoch: 1, promise: 1 },
    });
    await eventually('asked for a mark', () => marks.length > 0);
    server.retrieved = gtids('1:10');
    await eventually('whole', () => file.record.amnesiaSinceEpoch === null);
  });

  test('does not ask again and again: each question is a write on the primary', async (t) => {
    const { marks, server } = await aMember(t, { record: { amnesiaSinceEpoch: 1, promise: 1 } });
    await eventually('asked', () => marks.length > 0);
    const before = server.said('content');
    await eventually('looked ten times', () => server.said('content') > before + 10);
    assert.equal(marks.length, 1);
  });

  test('reads come when base is applied, and nobody asks the server for it in a tight loop', async (t) => {
    const { server, rests, raft } = await aMember(t);
    await rests('following');
    server.executed = gtids('1:1-5');
    raft.commit(...UNDER_C);
    await eventually('follows C', () => server.receiver?.source.endsWith(':3') === true);
    const before = server.said('content');
    const at = timesOf(() => server.said('content') - before);
    await eventually('looked three times', () => at().length >= 4);
    assert.ok(apartMs(at()) > 100, `${apartMs(at())} ms apart`);
    server.executed = gtids('1:1-9');
    await eventually('readers in', () => !server.offline);
  });
});

/** Notes when the count was seen to grow, each time it is asked. */
function timesOf(count: () => number): () => readonly number[] {
  const at: number[] = [];
  return () => {
    while (at.length < count()) at.push(performance.now());
    return at;
  };
}

/** The time between the last two. */
function apartMs(at: readonly number[]): number {
  return (at.at(-1) ?? 0) - (at.at(-2) ?? 0);
}
