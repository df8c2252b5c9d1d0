/** A few nodes with the real core, and every message between them in hand: the world that `explore` walks through. */
import type { PlantedBug } from '../core/config.ts';
import { ProposalDroppedError } from '../core/errors.ts';
import { RawNode } from '../core/raw-node.ts';
import { MemoryStorage } from '../core/storage.ts';
import {
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  type Message,
  type NodeId,
  type Role,
} from '../core/types.ts';
import { InvariantViolation } from './invariants.ts';

export interface SmallWorldBounds {
  readonly nodes: number;
  readonly maxTerm: number;
  readonly proposals: number;
  readonly restarts: number;
  /** How many of the nodes may stand for election. */
  readonly candidates: number;
  readonly bug?: PlantedBug;
}

/** `deliver` takes the oldest message of a link: connections keep order, and may end at any message. */
export type Action =
  | { readonly kind: 'campaign' | 'propose' | 'restart'; readonly node: NodeId }
  | { readonly kind: 'deliver'; readonly link: string };

interface Place {
  readonly storage: MemoryStorage;
  raw: RawNode;
}

interface Seen {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly log: readonly string[];
  readonly committed: number;
}

const BASE = { index: 1, term: 1 } as const;

function textOf(one: Message): string {
  const entries = one.entries.map(({ index, term, data }) => `${index}/${term}${String(data)}`);
  const { type, from, to, term, index, logTerm, commit, reject, rejectHint } = one;
  return [type, from, to, term, index, logTerm, commit, reject, rejectHint, entries.join('+')].join(
    ' ',
  );
}

export class SmallWorld {
  readonly #bounds: SmallWorldBounds;
  readonly #places = new Map<NodeId, Place>();
  readonly #links = new Map<string, Message[]>();
  #proposals = 0;
  #restarts = 0;

  constructor(bounds: SmallWorldBounds) {
    this.#bounds = bounds;
    const ids = Array.from({ length: bounds.nodes }, (_, i) => i + 1);
    for (const id of ids) {
      const storage = new MemoryStorage();
      const confState = { ...EMPTY_CONF_STATE, voters: ids };
      storage.applySnapshot({ ...BASE, confState, data: EMPTY_BYTES });
      storage.setHardState({ term: BASE.term, vote: 0, commit: BASE.index });
      this.#places.set(id, { storage, raw: this.#start(id, storage) });
    }
  }

  #start(id: NodeId, storage: MemoryStorage): RawNode {
    const { bug } = this.#bounds;
    return new RawNode({
      id,
      storage,
      random: () => 0,
      electionTicks: 10,
      heartbeatTicks: 1,
      sendPolicy: 'batched',
      ...(bug === undefined ? {} : { plantedBug: bug }),
    });
  }

  actions(): Action[] {
    const out: Action[] = [];
    const { maxTerm, proposals, restarts, candidates } = this.#bounds;
    const untouched = [...this.#places.values()].every(({ raw }) => raw.core.term === BASE.term);
    for (const [node, { raw }] of this.#places) {
      // The nodes are alike: which of them begins makes no difference.
      if (untouched && node > 1) break;
      const { role, term } = raw.core;
      if (role !== 'leader' && term < maxTerm && node <= candidates)
        out.push({ kind: 'campaign', node });
      if (role === 'leader' && this.#proposals < proposals) out.push({ kind: 'propose', node });
      if (this.#restarts < restarts) out.push({ kind: 'restart', node });
    }
    for (const [link, waiting] of this.#links) {
      if (waiting.length > 0) out.push({ kind: 'deliver', link });
    }
    return out;
  }

  /** Throws what the core throws for a broken invariant of its own. */
  run(action: Action): void {
    if (action.kind === 'deliver') {
      const found = this.#links.get(action.link)?.shift();
      if (found !== undefined) this.#act(found.to, (raw) => raw.step(found));
    } else if (action.kind === 'campaign') {
      this.#act(action.node, (raw) => raw.campaign());
    } else if (action.kind === 'propose') {
      this.#proposals += 1;
      this.#act(action.node, (raw) => raw.propose(Uint8Array.of(this.#proposals)));
    } else {
      this.#restarts += 1;
      const place = this.#places.get(action.node);
      if (place !== undefined) place.raw = this.#start(action.node, place.storage);
      this.#act(action.node, () => undefined);
    }
  }

  #act(id: NodeId, change: (raw: RawNode) => void): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    const { raw, storage } = place;
    try {
      change(raw);
    } catch (error) {
      if (!(error instanceof ProposalDroppedError)) throw error;
    }
    while (raw.hasReady()) {
      const { hardState, entries, messages } = raw.ready();
      if (hardState !== null) storage.setHardState(hardState);
      storage.append(entries);
      for (const one of messages) {
        const link = `${one.from}>${one.to}`;
        const waiting = this.#links.get(link);
        if (waiting === undefined) this.#links.set(link, [one]);
        else waiting.push(one);
      }
      raw.advance();
    }
    // Nobody listens to an earlier term: such a message changes nothing, now or later.
    for (const [link, waiting] of this.#links) {
      const heard = ({ to, term }: Message): boolean =>
        term >= (this.#places.get(to)?.raw.core.term ?? 0);
      this.#links.set(link, waiting.filter(heard));
    }
  }

  /** Everything that decides what can happen from here. */
  key(): string {
    const nodes = [...this.#places.values()].map(({ raw, storage }) => {
      const { core } = raw;
      const { hardState } = storage.initialState();
      const progress = [...core.tracker.progress].map(
        ([id, p]) => `${id}:${p.match},${p.next},${p.state},${p.paused},${p.sentCommit}`,
      );
      const votes = [...core.tracker.votes].join(';');
      const log = this.#log(raw).join(' ');
      const parts = [core.role, core.term, core.vote, core.lead, core.log.committed, log, votes];
      return [...parts, hardState.commit, core.role === 'leader' ? progress : ''].join('|');
    });
    const messages = [...this.#links]
      .map(([link, waiting]) => `${link} ${waiting.map(textOf).join('#')}`)
      .sort();
    return [...nodes, ...messages, this.#proposals, this.#restarts].join('\n');
  }

  /** Positions and payloads of a log, from the first behind the snapshot. */
  #log({ core }: RawNode): string[] {
    const end = core.log.lastIndex() + 1;
    const entries = core.log.slice(BASE.index + 1, end, Number.POSITIVE_INFINITY) ?? [];
    return entries.map(({ term, data }) => `${term}:${String(data)}`);
  }

  /** Throws InvariantViolation. */
  check(): void {
    const all = [...this.#places.values()].map(
      ({ raw }): Seen => ({
        ...{ id: raw.core.id, role: raw.core.role, term: raw.core.term },
        ...{ log: this.#log(raw), committed: raw.core.log.committed - BASE.index },
      }),
    );
    const [furthest] = all.toSorted((a, b) => b.committed - a.committed);
    const committed = furthest?.log.slice(0, furthest.committed) ?? [];
    for (const a of all) {
      this.#require(
        a.log.slice(0, a.committed).every((entry, i) => entry === committed[i]),
        'state machine safety',
        `node ${a.id} committed ${a.log.join(' ')}, another ${committed.join(' ')}`,
      );
      for (const b of all) {
        if (a.id >= b.id) continue;
        const both = a.role === 'leader' && b.role === 'leader' && a.term === b.term;
        this.#require(!both, 'election safety', `${a.id} and ${b.id} lead ${a.term}`);
        this.#matching(a, b);
      }
    }
    this.#checkHolders(all, committed);
  }

  #checkHolders(all: readonly Seen[], committed: readonly string[]): void {
    const holders = all.filter(({ log }) => committed.every((entry, i) => log[i] === entry));
    this.#require(
      holders.length > all.length / 2,
      'committed is durable',
      `only ${holders.map(({ id }) => id).join(',')} hold ${committed.join(' ')}`,
    );
    const newest = all
      .filter(({ role }) => role === 'leader')
      .toSorted((a, b) => b.term - a.term)[0];
    if (newest === undefined || all.some(({ term }) => term > newest.term)) return;
    this.#require(
      committed.every((entry, i) => newest.log[i] === entry),
      'leader completeness',
      `node ${newest.id} leads ${newest.term} with ${newest.log.join(' ')}, committed is ${committed.join(' ')}`,
    );
  }

  /** Logs that agree at a place agree before it. */
  #matching(a: Seen, b: Seen): void {
    const termAt = (log: readonly string[], i: number): string | undefined => log[i]?.split(':')[0];
    let last = Math.min(a.log.length, b.log.length) - 1;
    while (last >= 0 && termAt(a.log, last) !== termAt(b.log, last)) last -= 1;
    for (let i = 0; i <= last; i++) {
      const what = `nodes ${a.id} and ${b.id} differ at ${i}: ${a.log.join(' ')}, ${b.log.join(' ')}`;
      this.#require(a.log[i] === b.log[i], 'log matching', what);
    }
  }

  #require(holds: boolean, rule: string, what: string): void {
    if (!holds) throw new InvariantViolation(rule, what);
  }
}
