import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transport } from '@radondb/raft';
import { Raft } from '@radondb/raft';
import { type Message, message, type RawNode } from '@radondb/raft/core';
import { MemoryLog, MemoryNetwork } from '@radondb/raft/testing';
import { SnapshotReceiver } from '#src/driver/snapshot-receiver';
import { SnapshotSender } from '#src/driver/snapshot-sender';
import { crc32c } from '#src/wire/crc32c';
import { Journal, TestCluster, until } from './cluster.ts';
import { FakeClock } from './fake-clock.ts';

const BIG = 'x'.repeat(10_000);

/** A snapshot of five parts of four bytes. */
function parts(data = 'abcdefghijklmnopqrst', checksum = crc32c(Buffer.from(data))): Message[] {
  const confState = {
    voters: [1],
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  };
  return Array.from({ length: 5 }, (_, i) =>
    message({
      ...{ type: 'snapshot-part', from: 1, to: 2, term: 3, index: 4 * i },
      ...{ logTerm: checksum, commit: data.length },
      snapshot: { index: 9, term: 3, confState, data: Buffer.from(data.slice(4 * i, 4 * i + 4)) },
    }),
  );
}

describe('the parts of a snapshot', () => {
  it('make the whole, whatever was lost and sent again', () => {
    const receiver = new SnapshotReceiver();
    const [a, b, c, d, e] = parts();
    const take = (part: Message | undefined) => receiver.take(part!, 2, 0)!;
    assert.equal(take(a).response.index, 4);
    const gap = take(c).response;
    assert.deepEqual([gap.index, gap.reject], [4, true]);
    for (const part of [b, b, c, d]) take(part);
    const { complete, response } = take(e);
    assert.equal(response.index, 20);
    assert.equal(Buffer.from(complete!.snapshot!.data).toString(), 'abcdefghijklmnopqrst');
    assert.equal(complete!.type, 'snapshot');
  });

  it('are asked for again from the start when the checksum is wrong', () => {
    const receiver = new SnapshotReceiver();
    const answers = parts(undefined, 1).map((part) => receiver.take(part, 2, 0)!);
    assert.ok(answers.every(({ complete }) => complete === null));
    assert.equal(answers.at(-1)!.response.index, 0);
  });

  it('are dropped for those of another snapshot, and needless when the log came', () => {
    const receiver = new SnapshotReceiver();
    receiver.take(parts()[0]!, 2, 0);
    assert.equal(receiver.take(parts('ABCDEFGHIJKLMNOPQRST')[1]!, 2, 0)!.response.index, 0);
    const answer = receiver.take(parts()[0]!, 2, 9)!;
    assert.equal(answer.response.index, 20);
    assert.equal(answer.complete?.type, 'snapshot');
  });
});

/** Node 1 as far as a sender looks at it: it leads term 3. */
function aLeader(state: string | undefined): RawNode {
  const progress = new Map(state === undefined ? [] : [[2, { state }]]);
  const log = { firstIndex: () => 5 };
  return { core: { role: 'leader', term: 3, tracker: { progress }, log } } as unknown as RawNode;
}

describe('the sender of a snapshot', () => {
  const confState = {
    ...{ voters: [1, 2], votersOutgoing: [], learners: [] },
    learnersNext: [],
    autoLeave: false,
  };
  const snapshot = { index: 9, term: 3, confState, data: Buffer.alloc(100, 'z') };
  const origin = message({ type: 'snapshot', from: 1, to: 2, term: 3, snapshot });
  const setUp = () => {
    const sent: Message[] = [];
    const clock = new FakeClock();
    const sender = new SnapshotSender({
      partBytes: 10,
      now: () => clock.now(),
      send: (part) => sent.push(part) > 0,
      onProgress: () => undefined,
    });
    return { sent, clock, sender };
  };

  it('has four parts under way, and sends again what nobody answered to', () => {
    const { sent, clock, sender } = setUp();
    assert.equal(sender.take(origin), true);
    assert.deepEqual(
      sent.map(({ index }) => index),
      [0, 10, 20, 30],
    );
    const { logTerm } = sent[0]!;
    const ack = { type: 'snapshot-part-response', from: 2, to: 1, commit: 9, logTerm } as const;
    sender.acknowledged(message({ ...ack, index: 10 }));
    assert.equal(sent.at(-1)!.index, 40);
    clock.advance(501);
    sender.check(aLeader('snapshot'));
    assert.deepEqual(
      sent.slice(-4).map(({ index }) => index),
      [10, 20, 30, 40],
    );
  });

  it('keeps an interrupted one to go on with, and no longer than somebody may ask for it', () => {
    for (const [state, kept] of [
      ['probe', true],
      ['replicate', false],
      [undefined, false],
    ] as const) {
      const { sender } = setUp();
      sender.take(origin);
      sender.check(aLeader(state));
      assert.equal(sender.resumable(aLeader('probe')) !== null, kept);
    }
  });

  it('lets a short one go as it is', () => {
    const { sender } = setUp();
    const short = { ...snapshot, data: Buffer.alloc(10) };
    assert.equal(sender.take({ ...origin, snapshot: short }), false);
  });
});

describe('a long snapshot', () => {
  it('reaches a late follower in parts over TCP, while heartbeats go on', async (t) => {
    const config = { snapshotEveryEntries: 20, keepEntries: 5, snapshotPartBytes: 16 * 1024 };
    const cluster = await TestCluster.start(t, { config });
    const follower = await cluster.follower();
    await cluster.stop(follower);
    const leader = await cluster.leader();
    const { term } = cluster.node(leader).raft.status();
    for (let i = 0; i < 60; i++) await cluster.write(leader, BIG);
    await until('the log is compacted', () => cluster.node(leader).raft.status().firstIndex > 40);
    await cluster.open(follower);
    await until('the follower has all', () => {
      return cluster.node(follower).journal.entries.length === 60;
    });
    assert.equal(cluster.node(leader).raft.status().term, term);
  });

  it('goes on where it stopped when the connection broke', async (t) => {
    const network = new MemoryNetwork();
    const members = [1, 2, 3].map((id) => ({ id, address: `node-${id}` }));
    const offsets: number[] = [];
    let breakAt = 5;
    const started: Raft[] = [];
    t.after(() => Promise.all(started.map((raft) => raft.close())));
    const watched = (id: number): Transport => {
      const transport = network.transport(id);
      const send = transport.send.bind(transport);
      transport.send = (outgoing) => {
        if (outgoing.type === 'snapshot-part') {
          offsets.push(outgoing.index);
          breakAt -= 1;
          if (breakAt === 0) {
            network.cut(1, 3);
            network.cut(2, 3);
            setImmediate(() => network.heal());
          }
        }
        return send(outgoing);
      };
      return transport;
    };
    const config = { snapshotEveryEntries: 20, keepEntries: 5, snapshotPartBytes: 1000 };
    const journals = new Map<number, Journal>();
    const open = async (id: number): Promise<Raft> => {
      const journal = new Journal();
      journals.set(id, journal);
      const raft = await Raft.open({
        ...{ id, clusterId: 'c', stateMachine: journal, bootstrap: { members }, config },
        log: new MemoryLog({ clusterId: 'c', nodeId: id }),
        transport: watched(id),
      });
      started.push(raft);
      return raft;
    };
    await open(1);
    await open(2);
    const leads = (): Raft | undefined => started.find((raft) => raft.status().role === 'leader');
    await until('a leader', () => leads() !== undefined);
    for (let i = 0; i < 40; i++) await leads()!.propose(Buffer.from('y'.repeat(500)));
    await until('the log is compacted', () => leads()!.status().firstIndex > 20);
    await open(3);
    await until('it has all', () => journals.get(3)!.entries.length === 40);
    const starts = offsets.filter((offset) => offset === 0).length;
    assert.equal(starts, 1, `offsets sent: ${offsets.join(' ')}`);
    assert.equal(Math.max(...offsets) >= 15_000, true);
  });
});
