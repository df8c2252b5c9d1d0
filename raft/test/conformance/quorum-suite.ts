/** The commands of the quorum files. */
import {
  jointCommitted,
  jointVote,
  majorityCommitted,
  majorityVote,
  type NodeId,
} from '@radondb/raft/core';
import type { Directive } from './datadriven.ts';
import { hex } from './printers.ts';

const RESULTS = { pending: 'VotePending', lost: 'VoteLost', won: 'VoteWon' } as const;

interface Config {
  readonly incoming: ReadonlySet<NodeId>;
  readonly outgoing: ReadonlySet<NodeId>;
  readonly joint: boolean;
  readonly order: readonly NodeId[];
  readonly words: readonly string[];
}

function parse({ args }: Directive): Config {
  const values = (key: string): readonly string[] =>
    args.find((argument) => argument.key === key)?.values ?? [];
  const incoming = values('cfg').map(Number);
  const joint = args.some(({ key }) => key === 'cfgj');
  const outgoing = values('cfgj')
    .filter((word) => word !== 'zero')
    .map(Number);
  const order = [...new Set([...incoming, ...outgoing])];
  const words = [...values('idx'), ...values('votes')];
  return { incoming: new Set(incoming), outgoing: new Set(outgoing), joint, order, words };
}

function table(ids: readonly NodeId[], acked: ReadonlyMap<NodeId, number>): string {
  if (ids.length === 0) return '<empty majority quorum>';
  const sorted = ids.toSorted((a, b) => a - b);
  const known = sorted.map((id) => acked.get(id) ?? 0);
  const lines = sorted.map((id) => {
    const index = acked.get(id);
    const bar = known.filter((other) => other < (index ?? 0)).length;
    const mark =
      index === undefined
        ? `?${' '.repeat(ids.length)}`
        : `${'x'.repeat(bar)}>${' '.repeat(ids.length - bar)}`;
    return `${mark} ${String(index ?? 0).padStart(5)}    (id=${hex(id)})\n`;
  });
  return `${' '.repeat(ids.length)}    idx\n${lines.join('')}`;
}

const show = (index: number): string => (Number.isFinite(index) ? String(index) : '∞');

function committed(config: Config): string {
  const { incoming, outgoing, order, words } = config;
  const acked = new Map<NodeId, number>();
  order.forEach((id, i) => {
    if (words[i] !== '_') acked.set(id, Number(words[i]));
  });
  const lookup = (id: NodeId): number | undefined => acked.get(id);
  const index = config.joint
    ? jointCommitted(incoming, outgoing, lookup)
    : majorityCommitted(incoming, lookup);
  let out = `${table(order, acked)}${show(index)}\n`;
  // Nothing of this is printed while the properties hold.
  if (jointCommitted(outgoing, incoming, lookup) !== jointCommitted(incoming, outgoing, lookup)) {
    out += 'the joint quorum is not symmetric\n';
  }
  if (!config.joint && jointCommitted(incoming, incoming, lookup) !== index) {
    out += 'a majority joined with itself differs\n';
  }
  if (!config.joint && jointCommitted(incoming, new Set(), lookup) !== index) {
    out += 'a majority joined with none differs\n';
  }
  return out;
}

function vote(config: Config): string {
  const { incoming, outgoing, order, words } = config;
  const votes = new Map<NodeId, boolean>();
  order.forEach((id, i) => {
    if (words[i] !== '_') votes.set(id, words[i] === 'y');
  });
  const result = config.joint
    ? jointVote(incoming, outgoing, votes)
    : majorityVote(incoming, votes);
  return RESULTS[result];
}

export function executeQuorum(directive: Directive): string {
  const config = parse(directive);
  if (config.words.length !== config.order.length) {
    const ids = config.order.toSorted((a, b) => a - b).join(' ');
    return `error: mismatched input (explicit or _) for voters [${ids}]: [${config.words.join(' ')}]`;
  }
  return directive.command === 'vote' ? vote(config) : committed(config);
}
