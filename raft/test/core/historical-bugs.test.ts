import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CoreConfig,
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  type Entry,
  encodeConfChange,
  MemoryStorage,
  type Message,
  message,
  ProposalDroppedError,
  RawNode,
  type TraceEvent,
  toConfState,
} from '@radondb/raft/core';

/** Bugs that other implementations had; `../checklist.md` says which row is which. */

const entry = (index: number, term: number, more: Partial<Entry> = {}): Entry => ({
  ...{ index, term, type: 'normal', data: EMPTY_BYTES },
  ...more,
});

const VOTERS = { ...EMPTY_CONF_STATE, voters: [1, 2, 3] };

/** Node 1 of three, behind a snapshot at 1/1. */
function aNode(
  given: {
    readonly term?: number;
    readonly vote?: number;
    readonly commit?: number;
    readonly entries?: readonly Entry[];
    readonly confState?: typeof VOTERS;
    readonly config?: Partial<CoreConfig>;
  } = {},
) {
  const storage = new MemoryStorage();
  const { term = 1, vote = 0, commit = 1, confState = VOTERS } = given;
  storage.applySnapshot({ index: 1, term: 1, confState, data: EMPTY_BYTES });
  storage.append(given.entries ?? []);
  storage.setHardState({ term, vote, commit });
  const events: TraceEvent[] = [];
  const raw = new RawNode({
    ...{ id: 1, storage, random: () => 0, electionTicks: 10, heartbeatTicks: 1 },
    ...{ preVote: true, checkQuorum: true, trace: (event: TraceEvent) => events.push(event) },
    ...given.config,
  });
  return { raw, storage, events };
}

/** Does all the work there is, without applying; returns what is sent. */
function drain({ raw, storage }: ReturnType<typeof aNode>): Message[] {
  const sent: Message[] = [];
  while (raw.hasReady()) {
    const { hardState, entries, snapshot, messages } = raw.ready();
    if (hardState !== null) storage.setHardState(hardState);
    if (snapshot !== null) storage.applySnapshot(snapshot);
    storage.append(entries);
    sent.push(...messages);
    raw.advance();
  }
  return sent;
}

/** Wins the election with the vote of node 2. */
function lead(node: ReturnType<typeof aNode>): void {
  node.raw.campaign();
  drain(node);
  const { term } = node.raw.core;
  node.raw.step(message({ type: 'pre-vote-response', from: 2, to: 1, term: term + 1 }));
  drain(node);
  node.raw.step(message({ type: 'vote-response', from: 2, to: 1, term: term + 1 }));
  drain(node);
  assert.equal(node.raw.core.role, 'leader');
}

const removal = encodeConfChange({
  ...{ transition: 'auto', context: EMPTY_BYTES },
  changes: [{ op: 'remove', id: 3 }],
});

describe('an election', () => {
  it('is not begun with a committed change of membership that is not applied (row 2)', () => {
    const change = entry(2, 1, { type: 'conf-change-v2', data: removal });
    const node = aNode({ commit: 2, entries: [change] });
    node.raw.campaign();
    assert.equal(node.raw.core.role, 'follower');
    assert.ok(
      node.events.some((e) => e.kind === 'campaign-refused' && e.why === 'unapplied-change'),
    );
  });

  it('that is asked about in an old term learns the new one (rows 8, 9)', () => {
    const node = aNode({ term: 7 });
    const old = { type: 'pre-vote', from: 2, to: 1, term: 5, index: 90, logTerm: 4 } as const;
    node.raw.step(message(old));
    const [answer] = drain(node);
    assert.deepEqual([answer?.type, answer?.reject, answer?.term], ['pre-vote-response', true, 7]);
    const asker = aNode({ term: 4 });
    asker.raw.campaign();
    drain(asker);
    asker.raw.step({ ...message(answer!), from: 2, to: 1 });
    assert.equal(asker.raw.core.term, 7);
  });

  it('is not put off by pre-votes that are granted to others (row 11)', () => {
    const node = aNode();
    for (let i = 0; i < 8; i++) node.raw.tick();
    const ask = { type: 'pre-vote', from: 2, to: 1, term: 2, index: 1, logTerm: 1 } as const;
    node.raw.step(message(ask));
    for (let i = 0; i < 2; i++) node.raw.tick();
    assert.equal(node.raw.core.role, 'pre-candidate');
  });

  it('that the leader itself wants is not refused for its lease (row 13)', () => {
    const node = aNode({ term: 2 });
    node.raw.step(message({ type: 'heartbeat', from: 2, to: 1, term: 2, commit: 1 }));
    drain(node);
    const ask = { type: 'vote', from: 3, to: 1, term: 3, index: 1, logTerm: 1 } as const;
    node.raw.step(message(ask));
    assert.deepEqual(drain(node), []);
    node.raw.step(message({ ...ask, transfer: true }));
    const [answer] = drain(node);
    assert.deepEqual([answer?.type, answer?.reject], ['vote-response', false]);
  });

  it('keeps the vote when a candidate of the same term steps down (row 14)', () => {
    const node = aNode({ config: { preVote: false } });
    node.raw.campaign();
    drain(node);
    const { term } = node.raw.core;
    node.raw.step(message({ type: 'append', from: 2, to: 1, term, index: 1, logTerm: 1 }));
    assert.deepEqual([node.raw.core.role, node.raw.core.vote], ['follower', 1]);
  });

  it('names nobody leader for having asked for a vote (row 44)', () => {
    const node = aNode();
    node.raw.step(message({ type: 'vote', from: 2, to: 1, term: 2, index: 1, logTerm: 1 }));
    assert.deepEqual([node.raw.core.vote, node.raw.core.lead], [2, 0]);
  });
});

describe('a membership', () => {
  it('in a snapshot may make a voter a learner (row 6)', () => {
    const node = aNode();
    const confState = { ...EMPTY_CONF_STATE, voters: [2, 3], learners: [1] };
    const snapshot = { index: 9, term: 2, confState, data: EMPTY_BYTES };
    node.raw.step(message({ type: 'snapshot', from: 2, to: 1, term: 2, snapshot }));
    drain(node);
    assert.equal(node.raw.core.isLearner, true);
    assert.equal(node.raw.core.log.committed, 9);
  });

  it('is the same after a restart, joint and learners included (rows 7, 45)', () => {
    const confState = {
      ...{ voters: [1, 4], votersOutgoing: [1, 2, 3], learners: [5] },
      ...{ learnersNext: [3], autoLeave: true },
    };
    const { raw } = aNode({ confState });
    assert.deepEqual(toConfState(raw.core.tracker.membership), confState);
  });

  it('changes again only when the last change is applied (row 1)', () => {
    const node = aNode({ entries: [entry(2, 1, { type: 'conf-change-v2', data: removal })] });
    lead(node);
    const change = { transition: 'auto', changes: [{ op: 'remove', id: 3 }] } as const;
    node.raw.proposeConfChange({ ...change, context: EMPTY_BYTES });
    const lastIndex = node.raw.core.log.lastIndex();
    assert.equal(node.raw.core.log.slice(lastIndex, lastIndex + 1, 1)?.[0]?.type, 'normal');
    assert.ok(node.events.some(({ kind }) => kind === 'conf-change-ignored'));
  });
});

describe('a leader', () => {
  it('commits an entry of an earlier term only with one of its own (row 16)', () => {
    const node = aNode({ term: 2, entries: [entry(2, 2)] });
    lead(node);
    const ack = { type: 'append-response', from: 2, to: 1, term: 3 } as const;
    node.raw.step(message({ ...ack, index: 2 }));
    assert.equal(node.raw.core.log.committed, 1);
    node.raw.step(message({ ...ack, index: 3 }));
    assert.equal(node.raw.core.log.committed, 3);
  });

  it('that nobody answers steps down, though it can send (row 28)', () => {
    const node = aNode();
    lead(node);
    for (let i = 0; i < 20; i++) node.raw.tick();
    assert.notEqual(node.raw.core.role, 'leader');
    assert.ok(node.events.some(({ kind }) => kind === 'quorum-lost'));
  });

  it('takes no more than it was allowed to hold uncommitted (row 41)', () => {
    const node = aNode({ config: { maxUncommittedBytes: 100 } });
    lead(node);
    for (let i = 0; i < 2; i++) node.raw.propose(new Uint8Array(50));
    assert.throws(() => node.raw.propose(new Uint8Array(50)), ProposalDroppedError);
  });
});

describe('a follower', () => {
  it('keeps what is behind a late append that does not conflict (row 17)', () => {
    const node = aNode({ term: 2, entries: [entry(2, 2), entry(3, 2), entry(4, 2)] });
    const late = { type: 'append', from: 2, to: 1, term: 2, index: 1, logTerm: 1 } as const;
    node.raw.step(message({ ...late, entries: [entry(2, 2)] }));
    assert.equal(node.raw.core.log.lastIndex(), 4);
  });

  it('commits no further than the append verified (row 18)', () => {
    const node = aNode({ term: 2, entries: [entry(2, 1), entry(3, 1)] });
    const append = { type: 'append', from: 2, to: 1, term: 2, index: 1, logTerm: 1 } as const;
    node.raw.step(message({ ...append, entries: [entry(2, 1)], commit: 3 }));
    assert.equal(node.raw.core.log.committed, 2);
  });
});
