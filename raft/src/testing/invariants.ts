/** What must hold after every step of every run; a violation ends the run. */
import { isConfChangeType } from '../core/conf-change.ts';
import type { RaftCore } from '../core/raft-core.ts';
import type { Entry, Message, NodeId } from '../core/types.ts';
import type { SimDisk } from './sim-disk.ts';

/** Which rule broke, and how. */
export class InvariantViolation extends Error {
  readonly code = 'RAFT_SIMULATION';
  readonly rule: string;
  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.name = 'InvariantViolation';
    this.rule = rule;
  }
}

interface Committed {
  readonly term: number;
  readonly hash: number;
  /** A term by which it was committed: leaders of later ones must have it. */
  readonly committedIn: number;
}

export class Invariants {
  readonly #leaders = new Map<number, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  readonly #entries = new Map<
    string,
    { readonly previousTerm: number; readonly data: Uint8Array }
  >();
  readonly #committed = new Map<number, Committed>();
  readonly #seen = new Map<NodeId, { term: number; commit: number }>();
  readonly #disks: ReadonlyMap<NodeId, SimDisk>;
  /** Highest index that any node applied. */
  highestApplied = 0;
  checks = 0;

  constructor(disks: ReadonlyMap<NodeId, SimDisk>) {
    this.#disks = disks;
  }

  #require(condition: boolean, rule: string, what: string): void {
    this.checks += 1;
    if (!condition) throw new InvariantViolation(rule, what);
  }

  /** A node's memory is new: what was volatile may have gone back. */
  restarted(core: RaftCore): void {
    const { log } = core;
    let before = 0;
    for (let index = log.firstIndex(); index <= log.lastIndex(); index++) {
      const term = log.term(index) ?? before;
      this.#require(
        term >= before,
        'terms in order',
        `node ${core.id} has ${index}/${term} behind term ${before}`,
      );
      before = term;
    }
    this.#seen.set(core.id, { term: core.term, commit: core.log.committed });
  }

  afterStep(core: RaftCore): void {
    const { id, term } = core;
    const { committed } = core.log;
    const seen = this.#seen.get(id) ?? { term: 0, commit: 0 };
    this.#require(term >= seen.term, 'monotone term', `node ${id}: ${seen.term} to ${term}`);
    this.#require(
      committed >= seen.commit,
      'monotone commit',
      `node ${id}: ${seen.commit} to ${committed}`,
    );
    if (core.role === 'leader') this.#checkLeader(core);
    if (core.role === 'leader' && committed > seen.commit) this.#checkCommit(core);
    seen.term = term;
    seen.commit = committed;
    this.#seen.set(id, seen);
  }

  #checkLeader(core: RaftCore): void {
    const other = this.#leaders.get(core.term);
    if (other === core.id) return;
    this.#require(
      other === undefined,
      'election safety',
      `${other} and ${core.id} lead ${core.term}`,
    );
    this.#leaders.set(core.term, core.id);
    const first = core.log.firstIndex();
    for (const [index, { term, committedIn }] of this.#committed) {
      // A leader of an earlier term may come to life late; it cannot commit anything.
      if (index < first || committedIn >= core.term) continue;
      this.#require(
        core.log.term(index) === term,
        'leader completeness',
        `node ${core.id} leads ${core.term} without entry ${index} of term ${term}`,
      );
    }
  }

  /** A leader may commit only what quorums of its membership hold on disk, and only up to an entry of its own term. */
  #checkCommit(core: RaftCore): void {
    const { committed } = core.log;
    const term = core.log.term(committed);
    this.#require(
      term === core.term,
      'own term',
      `node ${core.id} commits ${committed} of term ${term} in term ${core.term}`,
    );
    const { incoming, outgoing } = core.tracker.membership;
    for (const half of [incoming, outgoing]) {
      const holders = [...half].filter((id) => {
        const disk = this.#disks.get(id);
        return (
          disk !== undefined && (disk.snapshot.index >= committed || disk.term(committed) === term)
        );
      });
      this.#require(
        half.size === 0 || holders.length > half.size / 2,
        'durable quorum',
        `node ${core.id} commits ${committed}, which only ${holders.join(',')} of ${[...half].join(',')} hold`,
      );
    }
  }

  sent(outgoing: Message): void {
    if (outgoing.type !== 'vote-response' || outgoing.reject) return;
    const key = `${outgoing.from} in ${outgoing.term}`;
    const other = this.#votes.get(key);
    this.#require(
      other === undefined || other === outgoing.to,
      'one vote a term',
      `node ${key} voted for ${other} and ${outgoing.to}`,
    );
    this.#votes.set(key, outgoing.to);
  }

  /** Entries that a node is about to write (log matching, by induction over the entry before). */
  written(core: RaftCore, entries: readonly Entry[]): void {
    let previousTerm = core.log.term((entries[0]?.index ?? 1) - 1);
    for (const entry of entries) {
      const key = `${entry.index}/${entry.term}`;
      const known = this.#entries.get(key);
      if (known === undefined && previousTerm !== undefined) {
        this.#entries.set(key, { previousTerm, data: entry.data });
      } else if (known !== undefined) {
        const same =
          known.data.length === entry.data.length &&
          known.data.every((byte, i) => byte === entry.data[i]);
        this.#require(same, 'log matching', `two entries are ${key}`);
        this.#require(
          previousTerm === undefined || previousTerm === known.previousTerm,
          'log matching',
          `entry ${key} follows different entries`,
        );
      }
      previousTerm = entry.term;
    }
    if (core.role === 'leader') this.#checkChanges(core, entries);
  }

  /** A leader proposes a change of membership only when every earlier one is applied. */
  #checkChanges(core: RaftCore, entries: readonly Entry[]): void {
    const own = entries.filter(({ type, term }) => isConfChangeType(type) && term === core.term);
    for (const { index } of own) {
      const from = Math.max(core.log.applied + 1, core.log.firstIndex());
      const earlier = core.log.slice(from, index, Number.POSITIVE_INFINITY) ?? [];
      this.#require(
        !earlier.some(({ type }) => isConfChangeType(type)),
        'one change at a time',
        `node ${core.id} proposed a change at ${index} with another one unapplied`,
      );
    }
  }

  /** State-machine safety: the same entry, and the same state behind it, at every index on every node. */
  applied(core: RaftCore, entry: Pick<Entry, 'index' | 'term'>, hash: number): void {
    const known = this.#committed.get(entry.index);
    if (known === undefined) {
      this.#committed.set(entry.index, { term: entry.term, hash, committedIn: core.term });
    } else {
      this.#require(
        known.term === entry.term && known.hash === hash,
        'state machine safety',
        `node ${core.id} applied another entry at ${entry.index}`,
      );
    }
    this.highestApplied = Math.max(this.highestApplied, entry.index);
  }

  /** A read that began when `from` was applied somewhere must see at least that. */
  read(index: number, from: number): void {
    this.#require(
      index >= from,
      'fresh read',
      `a read saw ${index}, but ${from} was applied before`,
    );
  }
}
