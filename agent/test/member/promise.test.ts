import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { elect, gtids, open, revoke } from '../core/builders.ts';
import { aMember, eventually, OPEN_UNDER_A } from './fakes/a-member.ts';

suite('a promise', () => {
  test('is made in the order of I3: fenced, receiver stopped, then on disk, then content read, then answered', async (t) => {
    const { raft, rests, journal, ask, server } = await aMember(t);
    await rests('following');
    journal.length = 0;
    raft.commit(revoke(2));
    const answer = await ask(2);
    assert.equal(server.receiver, null);
    assert.equal(answer.content, gtids('1:1-9').toString());
    const order = ['stopReceiver', 'write promise=2', 'content'].map((verb) =>
      journal.indexOf(verb),
    );
    assert.ok(
      order.every((at) => at >= 0),
      journal.join('; '),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      journal.join('; '),
    );
  });

  test('of a primary that did not hand over: mysqld is killed first, and its files speak, prepared tail and all (X1)', async (t) => {
    const { raft, rests, journal, ask, server } = await aMember(t, {
      name: 'A',
      log: [...OPEN_UNDER_A.slice(0, 2)],
    });
    await rests('closed');
    raft.commit(elect(1, 'A', '1:1-9'));
    await rests('primary');
    server.tail = gtids('1:90-91');
    journal.length = 0;
    raft.commit(revoke(2));
    const answer = await ask(2);
    assert.ok(journal.indexOf('kill') < journal.indexOf('write promise=2'), journal.join('; '));
    assert.equal(answer.source, 'files');
    assert.match(answer.content, /:90-91/);
    assert.equal(answer.lastPrimaryEpoch, 1);
  });

  test('kills mysqld when nothing proves that the receiver has stopped; its relay log stays', async (t) => {
    for (const behaviour of ['fails', 'unproven'] as const) {
      const { raft, rests, ask, server, file } = await aMember(t);
      await rests('following');
      server.retrieved = gtids('1:10-12');
      if (behaviour === 'fails') server.make('stopReceiver', 'fails');
      else server.sql.stopReceiver = async () => false;
      raft.commit(revoke(2));
      const answer = await ask(2);
      assert.ok(server.said('kill') > 0);
      assert.equal(answer.content, gtids('1:1-12').toString());
      assert.equal(file.record.promise, 2);
    }
  });

  test('kills mysqld whose receiver may still be pointed somewhere by a statement that failed', async (t) => {
    const { raft, ask, server, member } = await aMember(t, {
      server: (s) => s.make('follow', 'fails'),
    });
    await eventually('tried to follow', () => server.said('follow') > 0);
    raft.commit(revoke(2));
    await ask(2);
    assert.equal(server.said('kill'), 1, member.why);
  });

  test('is answered afresh each time: what a power loss or the applier changed shows (X2)', async (t) => {
    const { raft, rests, ask, server } = await aMember(t);
    await rests('following');
    raft.commit(revoke(2));
    server.retrieved = gtids('1:10-12');
    assert.equal((await ask(2)).content, gtids('1:1-12').toString());
    server.retrieved = gtids('1:10');
    assert.equal((await ask(2)).content, gtids('1:1-10').toString());
  });

  test('waits for a log that has caught up (X7)', async (t) => {
    const { cluster, ask, file, rests } = await aMember(t, {
      caughtUp: false,
      log: [...OPEN_UNDER_A, revoke(2)],
    });
    await rests('closed');
    const answer = ask(2);
    await eventually('started', () => file.record.promise === 0);
    cluster.markCaughtUp();
    assert.equal((await answer).epoch, 2);
  });

  test('of an epoch that is over is refused', async (t) => {
    const { raft, ask, rests } = await aMember(t);
    await rests('following');
    raft.commit(revoke(2), elect(2, 'C', '1:1-9'), open(2, '3:1'), revoke(3));
    await assert.rejects(ask(2), /epoch 2 is over/);
    assert.equal((await ask(3)).epoch, 3);
  });

  test('that a newer epoch overtakes while it is made is not answered for the old one', async (t) => {
    const { raft, ask, rests, server, file } = await aMember(t);
    await rests('following');
    const stop = server.sql.stopReceiver;
    server.sql.stopReceiver = async (deadlineMs) => {
      if (file.record.promise === 1) raft.commit(revoke(3));
      return await stop(deadlineMs);
    };
    raft.commit(revoke(2));
    await assert.rejects(ask(2), /epoch 2 is over/);
    assert.equal((await ask(3)).epoch, 3);
    assert.equal(file.record.promise, 3);
  });

  test('of a disk that was emptied says neither that it is whole nor that it was primary (I8)', async (t) => {
    const { raft, ask, rests } = await aMember(t, {
      record: { lastPrimaryEpoch: 1 },
      server: (s) => Object.assign(s, { hasDataNow: false, executed: gtids('') }),
      log: [...OPEN_UNDER_A, revoke(2)],
    });
    await rests('down');
    const answer = await ask(2);
    assert.deepEqual(
      [answer.whole, answer.lastPrimaryEpoch, answer.candidate],
      [false, null, false],
    );
    assert.ok(raft.proposed.length === 0);
  });

  test('is given from the files when mysqld does not tell its content', async (t) => {
    const { raft, ask, rests, server } = await aMember(t);
    await rests('following');
    server.make('content', 'fails');
    raft.commit(revoke(2));
    const answer = await ask(2);
    assert.deepEqual([answer.source, answer.content], ['files', gtids('1:1-9').toString()]);
  });

  test('ends the verdict of the last epoch: what was void for a primary that wrote nothing may be what counts', async (t) => {
    const { raft, ask, rests, server, health } = await aMember(t, {
      server: (s) => Object.assign(s, { executed: gtids('1:1-12') }),
    });
    await rests('following');
    raft.commit(revoke(2), elect(2, 'C', '1:1-9'));
    await eventually('errant', () => health().candidate === false);
    assert.match(health().why, /holds .*:10-12/);
    raft.commit(revoke(3));
    const answer = await ask(3);
    assert.deepEqual([answer.candidate, answer.content], [true, gtids('1:1-12').toString()]);
    assert.equal(server.said('clone'), 0);
  });

  test('that cannot be written is reported, and made as soon as it can (I10)', async (t) => {
    const { raft, rests, file, context } = await aMember(t);
    await rests('following');
    const update = file.update.bind(file);
    file.update = async () => await Promise.reject(new Error('no space left on device'));
    raft.commit(revoke(2));
    await eventually(
      'reported',
      () => context.memory.findings.get('Available')?.reason === 'CannotPromise',
    );
    assert.equal(file.record.promise, 1);
    file.update = update;
    await eventually('promised', () => file.record.promise === 2);
    assert.equal(context.memory.findings.has('Available'), false);
  });
});
