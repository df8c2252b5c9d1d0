import type { MemberStatus } from '@radondb/api';
import { type ClusterView, isTrue, type MemberView } from '@radondb/box';
import type { Terminal } from '../terminal.ts';
import { renderTable } from './table.ts';

const HEADER = ['MEMBER', 'ROLE', 'STATE', 'LAG', 'CONNECTIONS', 'PORT', 'MYSQLD', 'AGENT'];

/** A cluster as lines of text: its members, and what is not well with it. */
export function clusterLines(
  view: ClusterView,
  terminal: Terminal,
  isRunning = true,
): readonly string[] {
  const { cluster } = view;
  const status = cluster.status ?? {};
  const members = status.members ?? [];
  const rows = members.map((member) => memberRow(member, viewOf(view, member), terminal));
  return [
    summary(view, terminal, isRunning),
    ...renderTable(HEADER, rows),
    ...notes(view, terminal),
    ...lastFailover(view, terminal),
  ];
}

function summary(view: ClusterView, terminal: Terminal, isRunning: boolean): string {
  const { metadata, status } = view.cluster;
  const words = isRunning ? health(view, terminal) : terminal.paint('red', 'not running');
  const facts = [
    `${status?.readyMembers ?? '0'} members`,
    `primary ${status?.primary ?? 'none'}`,
    `epoch ${status?.epoch ?? 0}`,
  ];
  return `${terminal.paint('bold', metadata.name)}  ${words}  ${terminal.paint('dim', facts.join(', '))}`;
}

function health({ cluster }: ClusterView, terminal: Terminal): string {
  if (isTrue(cluster, 'Ready')) return terminal.paint('green', 'Ready');
  return isTrue(cluster, 'Available')
    ? terminal.paint('yellow', 'takes writes, not all members are ready')
    : terminal.paint('red', 'does not take writes');
}

function memberRow(
  member: MemberStatus,
  extra: MemberView | undefined,
  terminal: Terminal,
): readonly string[] {
  const isPrimary = member.role === 'primary';
  return [
    member.name,
    isPrimary ? terminal.paint('bold', 'primary') : 'replica',
    paintState(member.state, terminal),
    isPrimary || member.lagMs === undefined ? '-' : lagText(member.lagMs),
    String(extra?.connections ?? '-'),
    String(member.local?.mysqlPort ?? '-'),
    String(member.local?.mysqldPid ?? '-'),
    String(member.local?.agentPid || '-'),
  ];
}

function paintState(state: string, terminal: Terminal): string {
  if (state === 'primary' || state === 'following') return terminal.paint('green', state);
  return terminal.paint(state === 'failed' || state === 'unreachable' ? 'red' : 'yellow', state);
}

export function lagText(lagMs: number): string {
  return lagMs < 1_000 ? `${Math.round(lagMs)} ms` : `${(lagMs / 1_000).toFixed(1)} s`;
}

/** What a person should know: members that are not well, conditions that say so. */
function notes(view: ClusterView, terminal: Terminal): readonly string[] {
  const members = (view.cluster.status?.members ?? []).filter(
    (it) => it.state !== 'primary' && it.state !== 'following',
  );
  const stalled = (view.cluster.status?.conditions ?? []).filter(
    (it) => it.type === 'Stalled' && it.status === 'True',
  );
  const reasons = members.map((it) => `${it.name}: ${whyNot(it, viewOf(view, it))}`);
  // A member that has failed has said it already.
  const more = stalled
    .filter((it) => !members.some(({ why }) => why !== '' && it.message.includes(why)))
    .map((it) => terminal.paint('red', it.message));
  // What mysqld's log said comes in several lines.
  return [...reasons, ...more].flatMap((it) => it.split('\n')).map((line) => `  ${line}`);
}

function whyNot(member: MemberStatus, extra: MemberView | undefined): string {
  return extra?.agentFailed === true ? extra.agent : member.why;
}

function lastFailover(view: ClusterView, terminal: Terminal): readonly string[] {
  const last = view.cluster.status?.lastFailover;
  if (last === undefined) return [];
  const who = last.from === undefined ? last.to : `${last.from} → ${last.to}`;
  const text = `last change of primary: ${who}, ${last.unavailableMs} ms without writes (${last.cause}), ${last.at}`;
  return [terminal.paint('dim', text)];
}

function viewOf(view: ClusterView, member: MemberStatus): MemberView | undefined {
  return view.members.find((it) => it.name === member.name);
}
