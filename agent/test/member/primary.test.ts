import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { elect, gtids, open, revoke, uuid } from '../core/builders.ts';
import {
  aMember,
  eventually,
  type Harness,
  type HarnessOptions,
  OPEN_UNDER_A,
} from './fakes/a-member.ts';

const REVOKED_2 = [...OPEN_UNDER_A, revoke(2)];

/** B was elected for epoch 2 and serves it. */
async function anOpenPrimary(
  t: Parameters<typeof aMember>[0],
  options: HarnessOptions = {},
): Promise<Harness> {
  const harness = await aMember(t, { log: REVOKED_2, ...options });
  await harness.rests('closed');
  harness.raft.commit(elect(2, 'B', '1:1-9'));
  await harness.rests('primary');
  return harness;
}

suite('the elected', () => {
  test('drains, drops its relay log, says durably that it is in service, and only then becomes writable; clients come after open (I4–I6)', async (t) => {
    const { journal, raft, server, file } = await anOpenPrimary(t, {
      server: (s) => Object.assign(s, { executed: gtids('1:1-7'), retrieved: gtids('1:8-9') }),
    });
    const order = [
      'startApplier',
      'resetReplica',
      'configureSource 1',
      'allowWrites',
      'barrier 2',
      'open',
    ].map((v) => journal.indexOf(v));
    assert.ok(
      order.every((at) => at >= 0),
      journal.join('; '),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
    const inService = journal.findIndex((line) =>
      line.startsWith('write inService=2 lastPrimaryEpoch=2'),
    );
    assert.ok(inService > 0 && inService < journal.indexOf('allowWrites'));
    assert.deepEqual(
      raft.proposed.map((e) => e.kind),
      ['open'],
    );
    assert.equal(file.record.inService, 2);
    assert.ok(!server.offline && !server.readOnly);
  });

  for (const [what, prepare, why] of [
    ['lacks a part of base', { executed: gtids('1:1-5') }, /did not apply|lacks/],
    ['has another server_uuid than it was elected with', { uuid: uuid(7) }, /server_uuid/],
    [
      'holds more in its relay log than base',
      { retrieved: gtids('1:10') },
      /beyond what it was elected for/,
    ],
    [
      'has an applier that stopped',
      { executed: gtids('1:1-5'), retrieved: gtids('1:6-9'), applierError: 'duplicate key' },
      /duplicate key/,
    ],
    [
      'finds semi-sync inactive after its barrier',
      { sourceActive: false },
      /semi-sync is not active/,
    ],
  ] as const) {
    test(`refuses when it ${what}, says why, and never lets clients in`, async (t) => {
      const { raft, rests, health, server } = await aMember(t, {
        log: REVOKED_2,
        server: (s) => Object.assign(s, prepare),
      });
      await rests('closed');
      raft.commit(elect(2, 'B', '1:1-9'));
      await rests('failed');
      assert.equal(health().candidate, false);
      assert.match(health().why, why);
      assert.ok(server.offline);
      assert.deepEqual(raft.proposed, []);
    });
  }

  test('refuses when its barrier finds no acknowledgements in time', async (t) => {
    const { raft, rests, health, server } = await aMember(t, {
      log: REVOKED_2,
      server: (s) => s.make('barrier', 'fails'),
    });
    await rests('closed');
    raft.commit(elect(2, 'B', '1:1-9'));
    await rests('failed');
    assert.match(health().why, /barrier fails/);
    assert.ok(server.offline);
  });

  test('is interrupted by a newer epoch: a barrier by the end of mysqld, the only thing that ends its wait', async (t) => {
    const { raft, server, ask, rests } = await aMember(t, {
      log: REVOKED_2,
      server: (s) => s.make('barrier', 'hangs'),
    });
    await rests('closed');
    raft.commit(elect(2, 'B', '1:1-9'));
    await eventually('waits for its barrier', () => server.said('barrier') > 0);
    raft.commit(revoke(3));
    assert.equal((await ask(3)).source, 'files');
    assert.equal(server.state, 'down');
  });

  test('is interrupted by a newer epoch: a drain at once, and mysqld lives', async (t) => {
    const { raft, server, ask, rests } = await aMember(t, {
      log: REVOKED_2,
      server: (s) => {
        s.executed = gtids('1:1-5');
        s.make('waitExecuted', 'hangs');
      },
    });
    await rests('closed');
    raft.commit(elect(2, 'B', '1:1-9'));
    await eventually('drains', () => server.said('waitExecuted') > 0);
    raft.commit(revoke(3));
    assert.equal((await ask(3)).source, 'live');
    assert.equal(server.said('kill'), 0);
    assert.equal(server.said('allowWrites'), 0);
  });

  test('never opens an epoch that its mysqld or its agent did not prepare without a break (I9)', async (t) => {
    const { raft, rests, server, health } = await aMember(t, {
      log: [...REVOKED_2, elect(2, 'B', '1:1-9')],
      record: { promise: 2, inService: 2, lastPrimaryEpoch: 2 },
    });
    await rests('failed');
    assert.equal(server.said('start'), 0);
    assert.equal(health().candidate, false);
    assert.deepEqual(raft.proposed, []);
  });

  test('that was amnesiac is whole when it has executed base of a later epoch', async (t) => {
    const { file } = await anOpenPrimary(t, { record: { amnesiaSinceEpoch: 1 } });
    assert.equal(file.record.amnesiaSinceEpoch, null);
    const later = await anOpenPrimary(t, { record: { amnesiaSinceEpoch: 2 } });
    assert.equal(later.file.record.amnesiaSinceEpoch, 2, 'not by base of the epoch of the loss');
  });
});

suite('a primary without a lease (I7)', () => {
  test('is fenced when no leader confirms its epoch, and opens the same epoch again when one does', async (t) => {
    const { raft, rests, server, health } = await anOpenPrimary(t);
    raft.reachable = false;
    await eventually('fenced', () => server.offline);
    await rests('fenced');
    assert.equal(health().serving, null);
    assert.equal(server.said('kill'), 0);
    raft.reachable = true;
    await rests('primary');
    assert.ok(!server.offline);
    assert.equal(health().serving, 2);
  });

  test('is killed when clients cannot be shut out', async (t) => {
    const { raft, server } = await anOpenPrimary(t);
    server.make('shut', 'fails');
    raft.reachable = false;
    await eventually('killed', () => server.state === 'down');
    assert.equal(server.said('kill'), 1);
    assert.equal(server.said('stop'), 0, 'a graceful stop can release commits (fact 1)');
  });

  test('does not open again when its mysqld has exited (X10)', async (t) => {
    const { raft, rests, server } = await anOpenPrimary(t);
    raft.reachable = false;
    await rests('fenced');
    server.exit('SIGKILL');
    raft.reachable = true;
    await rests('down');
    const { generation } = server;
    await eventually('the lease is back', () => raft.reachable);
    assert.deepEqual([server.state, server.generation], ['down', generation]);
  });

  test('does not open again when it has promised the next epoch (X3)', async (t) => {
    const { raft, rests, server, ask } = await anOpenPrimary(t);
    raft.reachable = false;
    await rests('fenced');
    raft.commit(revoke(3));
    await ask(3);
    raft.reachable = true;
    await rests('down');
    assert.equal(server.said('open'), 1);
  });

  test('an exit of its mysqld ends its epoch: it is reported at once and mysqld stays down (I9)', async (t) => {
    const { rests, server, health } = await anOpenPrimary(t);
    server.exit('SIGSEGV');
    assert.deepEqual([health().serving, health().mysqld], [null, 'exited']);
    await rests('down');
    assert.equal(server.said('start'), 1);
  });

  test('another start of mysqld is another server, even when nobody saw the exit: it serves nothing (X10)', async (t) => {
    const { rests, server, health, member } = await anOpenPrimary(t);
    server.generation += 1;
    assert.equal(health().serving, null);
    member.wake();
    await rests('down');
    assert.equal(server.said('open'), 1);
  });

  test('a primary that hangs does not report that it serves', async (t) => {
    const { context, health } = await anOpenPrimary(t);
    context.memory.hung = true;
    assert.deepEqual([health().serving, health().mysqld], [null, 'hung']);
  });
});

suite('an agent that stops', () => {
  test('stops a primary without doubt cleanly, and says so durably', async (t) => {
    const { member, server, file } = await anOpenPrimary(t);
    await member.stop();
    assert.deepEqual([server.said('stop'), server.said('kill')], [1, 0]);
    assert.equal(file.record.stoppedAndSynced, true);
    assert.equal(file.record.inService, 2, 'it stays down until the next elect (I9)');
  });

  for (const [what, spoil] of [
    ['a commit waits for its acknowledgement', { waiting: 1 }],
    ['clients cannot be shut out', { fails: 'shut' }],
    ['it is not known whether a commit waits', { fails: 'isQuiet' }],
  ] as const) {
    test(`kills a primary when ${what}; SIGTERM could release it as if acknowledged (fact 1)`, async (t) => {
      const { member, server, file } = await anOpenPrimary(t);
      if ('waiting' in spoil) server.waiting = spoil.waiting;
      else server.make(spoil.fails, 'fails');
      await member.stop();
      assert.deepEqual([server.said('stop'), server.said('kill')], [0, 1]);
      assert.equal(file.record.stoppedAndSynced, false);
    });
  }

  test('does not call a mysqld that had died before stopped and synced: a power loss after it is amnesia (I8)', async (t) => {
    const { member, server, file } = await anOpenPrimary(t);
    server.exit('SIGKILL');
    await member.stop();
    assert.equal(file.record.stoppedAndSynced, false);
  });

  test('does not start mysqld again, whatever comes', async (t) => {
    const { member, server, rests, raft, file, ask } = await aMember(t);
    await rests('following');
    const { generation } = server;
    await member.stop();
    raft.commit(revoke(2), elect(2, 'C', '1:1-9'), open(2, '3:1'));
    // Each question takes a turn after the loop's own.
    for (const epoch of [2, 2, 2]) await assert.rejects(ask(epoch));
    assert.deepEqual([server.state, server.generation], ['down', generation]);
    assert.equal(file.record.stoppedAndSynced, true);
  });
});
