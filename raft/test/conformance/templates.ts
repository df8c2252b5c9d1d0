/**
 * Turns the core's events into log lines, with templates read from the suite's folder: the wording is not ours. A
 * template is known by its place in that file; the number of its verbs must agree with the event's values.
 */
import type { ConfChangeRefusal, TraceEvent } from '@radondb/raft/core';
import { MESSAGE_NAMES } from './names.ts';
import { hex, printConfChange, printLog, printMembership, printProgress } from './printers.ts';

export interface LogLine {
  readonly level: string;
  readonly text: string;
}

type Value = number | string;
interface Filled {
  readonly row: number;
  readonly values: readonly Value[];
}

function ballot(event: Extract<TraceEvent, { kind: 'vote-cast' }> | Ballot): Value[] {
  const { node, last, vote, type, from, candidate, term } = event;
  const name = MESSAGE_NAMES[type];
  return [node, last.term, last.index, vote, name, from, candidate.term, candidate.index, term];
}
type Ballot = Extract<TraceEvent, { kind: 'vote-rejected' | 'vote-ignored' }>;

export class Templates {
  readonly #rows: { readonly level: string; readonly template: string }[] = [];
  readonly #reasons: string[] = [];

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [level = '', template = ''] = line.split('\t');
      if (line === '' || line.startsWith('#')) continue;
      if (level === 'REASON') this.#reasons.push(template);
      else this.#rows.push({ level, template });
    }
  }

  #fill(template: string, values: readonly Value[]): string {
    let next = 0;
    const text = template.replace(/%[xds]/g, (verb) => {
      const value = values[next];
      next += 1;
      return verb === '%x' && typeof value === 'number' ? hex(value) : String(value);
    });
    if (next !== values.length) throw new Error(`a template has ${next} verbs: ${template}`);
    return text;
  }

  #reason(refusal: ConfChangeRefusal): string {
    const [unapplied = '', joint = '', notJoint = ''] = this.#reasons;
    if (refusal.why === 'joint') return joint;
    if (refusal.why === 'not-joint') return notJoint;
    return this.#fill(unapplied, [refusal.pending, refusal.applied]);
  }

  /** Null for an event that the suites' files do not show. */
  line(event: TraceEvent): LogLine | null {
    const filled = this.#place(event);
    if (filled === null) return null;
    const row = this.#rows[filled.row - 1];
    if (row === undefined) throw new Error(`there is no template ${filled.row}`);
    return { level: row.level, text: this.#fill(row.template, filled.values) };
  }

  #place(e: TraceEvent): Filled | null {
    const at = (row: number, ...values: Value[]): Filled => ({ row, values });
    switch (e.kind) {
      case 'membership-changed':
        return at(1, e.node, printMembership(e.membership));
      case 'became-follower':
        return at(2, e.node, e.term);
      case 'vote-requested':
        return at(3, e.node, e.last.term, e.last.index, MESSAGE_NAMES[e.type], e.to, e.term);
      case 'votes-counted':
        return at(4, e.node, e.granted, MESSAGE_NAMES[e.type], e.rejected);
      case 'vote-received':
        return at(e.granted ? 5 : 33, e.node, MESSAGE_NAMES[e.type], e.from, e.term);
      case 'higher-term':
        return at(6, e.node, e.term, MESSAGE_NAMES[e.type], e.from, e.messageTerm);
      case 'election-started':
        return at(7, e.node, e.term);
      case 'became-candidate':
        return at(8, e.node, e.term);
      case 'vote-cast':
        return at(9, ...ballot(e));
      case 'created': {
        const { node, voters, term, commit, applied, last } = e;
        return at(
          10,
          node,
          voters.map(hex).join(','),
          term,
          commit,
          applied,
          last.index,
          last.term,
        );
      }
      case 'became-leader':
        return at(11, e.node, e.term);
      case 'became-pre-candidate':
        return at(12, e.node, e.term);
      case 'vote-ignored':
        return at(13, ...ballot(e), e.remainingTicks);
      case 'append-rejected':
        return at(14, e.node, e.ourTerm, e.at.index, e.at.term, e.at.index, e.from);
      case 'snapshot-restoring':
        return at(15, printLog(e.log), e.index, e.term);
      case 'snapshot-restored':
        return at(16, e.node, e.commit, e.last.index, e.last.term, e.index, e.term);
      case 'snapshot-accepted':
        return at(17, e.node, e.commit, e.index, e.term);
      case 'append-rejection':
        return at(18, e.node, e.hint.index, e.hint.term, e.from, e.index);
      case 'progress-decreased':
        return at(19, e.node, e.peer, printProgress(e.progress));
      case 'snapshot-sent': {
        const { node, firstIndex, commit, snapshot, peer, progress } = e;
        const { index, term } = snapshot;
        return at(20, node, firstIndex, commit, index, term, peer, printProgress(progress));
      }
      case 'replication-paused':
        return at(21, e.node, e.peer, printProgress(e.progress));
      case 'snapshot-recovered':
        return at(22, e.node, e.peer, printProgress(e.progress));
      case 'vote-rejected':
        return at(23, ...ballot(e));
      case 'conflict-found':
        return at(24, e.index, e.existingTerm, e.conflictingTerm);
      case 'unstable-replaced':
        return at(25, e.index);
      case 'lower-term':
        return at(26, e.node, e.term, MESSAGE_NAMES[e.type], e.from, e.messageTerm);
      case 'leader-forgotten':
        return at(27, e.node, e.leader, e.term);
      case 'stable-missing':
        return at(28, e.index);
      case 'campaign-refused':
        return e.why === 'unpromotable' ? at(29, e.node) : null;
      case 'leaving-joint':
        return at(30, printMembership(e.membership));
      case 'lower-term-append':
        return at(31, e.node, e.term, MESSAGE_NAMES[e.type], e.messageTerm);
      case 'conf-change-ignored': {
        const { node, change, membership, refusal } = e;
        const texts = [printConfChange(change), printMembership(membership)];
        return at(32, node, ...texts, this.#reason(refusal));
      }
      case 'stable-mismatch':
        return at(34, e.index, e.term, e.index, e.unstableTerm);
      case 'quorum-lost':
        return at(35, e.node);
      case 'proposal-dropped':
        return e.why === 'no-leader' ? at(36, e.node, e.term) : null;
      case 'transfer-started':
        return at(37, e.node, e.term, e.to);
      case 'timeout-now-sent':
        return e.immediately ? at(38, e.node, e.to, e.to) : null;
      case 'timeout-now-received':
        return at(39, e.node, e.term, e.from);
      case 'forget-refused':
        return at(40);
      case 'peer-unreachable':
        return at(41, e.node, e.peer, printProgress(e.progress));
      case 'unstable-truncated':
      case 'stable-in-snapshot':
      case 'snapshot-reported':
      case 'snapshot-ignored':
      case 'snapshot-fast-forward':
      case 'snapshot-not-member':
        return null;
    }
  }
}
