/** Prints the library's values as the suites' files show them. */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfChange,
  type ConfState,
  confChangeOf,
  type Entry,
  type HardState,
  type LogView,
  type Membership,
  type Message,
  NONE,
  type NodeId,
  type ProgressView,
  type Ready,
  type Snapshot,
  sortedIds,
} from '@radondb/raft/core';
import {
  ENTRY_NAMES,
  MESSAGE_NAMES,
  OP_LETTERS,
  OP_NAMES,
  PROGRESS_NAMES,
  ROLE_NAMES,
  TRANSITION_NAMES,
} from './names.ts';

export const hex = (id: number): string => id.toString(16);
const LETTERS = Object.fromEntries(Object.entries(OP_LETTERS).map(([letter, op]) => [op, letter]));

/** Go's quoted form of a string. */
export function quote(data: Uint8Array): string {
  const text = Buffer.from(data).toString('utf8');
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t');
  return `"${escaped}"`;
}

export function printMembership(membership: Membership): string {
  const { incoming, outgoing, learners, learnersNext, autoLeave } = membership;
  const set = (ids: ReadonlySet<NodeId>): string => `(${sortedIds(ids).map(hex).join(' ')})`;
  let out = `voters=${set(incoming)}`;
  if (outgoing.size > 0) out += `&&${set(outgoing)}`;
  if (learners.size > 0) out += ` learners=${set(learners)}`;
  if (learnersNext.size > 0) out += ` learners_next=${set(learnersNext)}`;
  return autoLeave ? `${out} autoleave` : out;
}

export function printProgress(progress: ProgressView): string {
  let out = `${PROGRESS_NAMES[progress.state]} match=${progress.match} next=${progress.next}`;
  if (progress.isLearner) out += ' learner';
  if (progress.paused) out += ' paused';
  if (progress.pendingSnapshot > 0) out += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.recentActive) out += ' inactive';
  if (progress.inflight > 0)
    out += ` inflight=${progress.inflight}${progress.full ? '[full]' : ''}`;
  return out;
}

export function printLog(log: LogView): string {
  return `committed=${log.committed}, applied=${log.applied}, applying=${log.applying}, unstable.offset=${log.unstableOffset}, unstable.offsetInProgress=${log.unstableInProgress}, len(unstable.Entries)=${log.unstableLength}`;
}

export function printConfChange(change: ConfChange): string {
  const changes = change.changes.map(
    ({ op, id }) => ` changes:{type:${OP_NAMES[op]} node_id:${id}}`,
  );
  const context = change.context.length > 0 ? ` context:${quote(change.context)}` : '';
  return `transition:${TRANSITION_NAMES[change.transition]}${changes.join('')}${context}`;
}

function printConfState(state: ConfState): string {
  const list = (ids: readonly NodeId[]): string => `[${ids.join(' ')}]`;
  return `Voters:${list(state.voters)} VotersOutgoing:${list(state.votersOutgoing)} Learners:${list(state.learners)} LearnersNext:${list(state.learnersNext)} AutoLeave:${state.autoLeave}`;
}

function printSnapshot({ index, term, confState }: Snapshot): string {
  return `Index:${index} Term:${term} ConfState:${printConfState(confState)}`;
}

export function printEntry(entry: Entry): string {
  const change = confChangeOf(entry);
  const text =
    change === null
      ? quote(entry.data)
      : change.changes.map(({ op, id }) => `${LETTERS[op] ?? '?'}${id}`).join(' ');
  const head = `${entry.term}/${entry.index} ${ENTRY_NAMES[entry.type]}`;
  return text === '' ? head : `${head} ${text}`;
}

function printHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === NONE ? '' : ` Vote:${vote}`} Commit:${commit}`;
}

function printTarget(id: NodeId): string {
  if (id === NONE) return 'None';
  if (id === APPEND_THREAD) return 'AppendThread';
  return id === APPLY_THREAD ? 'ApplyThread' : hex(id);
}

export function printMessage(m: Message, indent = ''): string {
  let out = `${indent}${printTarget(m.from)}->${printTarget(m.to)} ${MESSAGE_NAMES[m.type]} Term:${m.term} Log:${m.logTerm}/${m.index}`;
  if (m.reject) out += ` Rejected (Hint: ${m.rejectHint})`;
  if (m.commit !== 0) out += ` Commit:${m.commit}`;
  if (m.vote !== 0) out += ` Vote:${m.vote}`;
  const [only] = m.entries;
  if (m.entries.length === 1 && only !== undefined) {
    out += ` Entries:[${printEntry(only)}]`;
  } else if (m.entries.length > 1) {
    const lines = m.entries.map((entry) => `\n${indent}  ${printEntry(entry)}`);
    out += ` Entries:[${lines.join('')}\n${indent}]`;
  }
  if (m.snapshot !== null) out += `\n${indent}  Snapshot: ${printSnapshot(m.snapshot)}`;
  if (m.responses.length > 0) {
    const lines = m.responses.map((response) => `\n${printMessage(response, `${indent}  `)}`);
    out += ` Responses:[${lines.join('')}\n${indent}]`;
  }
  return out;
}

export function printReady(ready: Ready): string {
  const lines: string[] = [];
  const { softState, hardState, readStates, entries, snapshot } = ready;
  if (softState !== null) lines.push(`Lead:${softState.lead} State:${ROLE_NAMES[softState.role]}`);
  if (hardState !== null) lines.push(`HardState ${printHardState(hardState)}`);
  if (readStates.length > 0) {
    lines.push(`ReadStates [${readStates.map((r) => `{${r.index} ${r.readId}}`).join(' ')}]`);
  }
  if (entries.length > 0) lines.push('Entries:', ...entries.map(printEntry));
  if (snapshot !== null) lines.push(`Snapshot ${printSnapshot(snapshot)}`);
  if (ready.committedEntries.length > 0) {
    lines.push('CommittedEntries:', ...ready.committedEntries.map(printEntry));
  }
  if (ready.messages.length > 0) {
    lines.push('Messages:', ...ready.messages.map((m) => printMessage(m)));
  }
  if (lines.length === 0) return '<empty Ready>';
  return `Ready MustSync=${ready.mustSync}:\n${lines.join('\n')}\n`;
}
