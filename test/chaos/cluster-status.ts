import type { ClusterView, MemberView } from './ports.ts';

/** Reads what is needed of a MysqlCluster as `radondb status NAME -o json` prints it. @throws Error saying what is missing */
export function parseStatus(text: string): ClusterView {
  const status = objectAt(JSON.parse(text), 'status');
  const members = status['members'];
  if (!Array.isArray(members)) throw new Error('the status has no members');
  return {
    primary: textOrNull(status['primary']),
    epoch: numberOrNull(status['epoch']) ?? 0,
    members: members.map(parseMember),
  };
}

function parseMember(value: unknown): MemberView {
  const member = asObject(value, 'member');
  const local = asObject(member['local'] ?? {}, 'member.local');
  return {
    name: String(member['name']),
    state: String(member['state']),
    agentPid: numberOrNull(local['agentPid']),
    mysqldPid: numberOrNull(local['mysqldPid']),
    mysqlPort: numberOrNull(local['mysqlPort']),
    mysqlAddress: textOrNull(local['mysqlAddress']),
    errant: textOrNull(member['errant']),
  };
}

function objectAt(value: unknown, field: string): Record<string, unknown> {
  return asObject(asObject(value, 'MysqlCluster')[field], field);
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is no object`);
  return value as Record<string, unknown>;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
