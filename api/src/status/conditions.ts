import { CONDITION_REASONS as R, CONDITION_TYPES as T } from '../conditions.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import { type ClusterView, type ConditionDraft, describeMembers, quorumOf } from './view.ts';

export function available(view: ClusterView): ConditionDraft {
  const no = (reason: string, message: string): ConditionDraft => ({
    type: T.available,
    status: 'False',
    reason,
    message,
  });
  const { log } = view;
  if (log === null) {
    return no(
      R.noMemberAnswers,
      'No member answers. If this lasts, look at the agents: radondb status, radondb logs.',
    );
  }
  if (view.open) {
    return {
      type: T.available,
      status: 'True',
      reason: R.primaryOpen,
      message: `${log.primary} accepts writes (epoch ${log.epoch}).`,
    };
  }
  const answering = log.voters.filter((name) => (view.members.get(name) ?? null) !== null);
  const quorum = quorumOf(log.voters.length);
  if (log.voters.length > 0 && answering.length < quorum) {
    const away = log.voters.filter((name) => !answering.includes(name));
    return no(
      R.noQuorum,
      `${answering.length} of ${log.voters.length} voters answer and ${quorum} are needed: bring back ${away.join(' or ')}. Writes go on by themselves then.`,
    );
  }
  if (log.phase === 'none') {
    return no(
      R.starting,
      `The first primary is not chosen yet. ${describeMembers(view, view.declared)}.`,
    );
  }
  if (log.phase !== 'open') {
    const step = log.phase === 'revoked' ? 'choosing a primary' : `promoting ${log.primary}`;
    return no(
      R.failoverInProgress,
      `Epoch ${log.epoch}: ${step}. If this lasts: ${describeMembers(view, log.voters)}.`,
    );
  }
  return no(
    R.primaryNotServing,
    `${describeMembers(view, [log.primary ?? 'nobody'])}. Another member takes over by itself when failover is enabled; else switch over.`,
  );
}

export function redundant(view: ClusterView): ConditionDraft {
  const voters = view.log?.voters ?? [];
  const draft = (status: 'True' | 'False', reason: string, message: string): ConditionDraft => ({
    type: T.redundant,
    status,
    reason,
    message,
  });
  const size = Math.max(voters.length, view.log === null ? view.declared.length : 0);
  if (size <= 2) {
    const which = size === 1 ? 'The only member cannot' : 'Neither of two members can';
    return draft(
      'False',
      R.tooFewMembers,
      `${which} be lost without stopping writes: set spec.replicas to 3 to survive a loss.`,
    );
  }
  const whole = view.readyVoters.filter((name) => view.members.get(name)?.amnesiac === false);
  // After one more loss a majority must be there to elect, and W beside the primary to acknowledge.
  const needed = Math.max(quorumOf(voters.length), (view.log?.w ?? 0) + 1);
  const spare = whole.length - needed;
  if (view.open && spare >= 1) {
    const losses = spare === 1 ? 'any one more member' : `any ${spare} more members`;
    return draft('True', R.canLoseOne, `Can lose ${losses} and still accept writes.`);
  }
  const missing = voters.filter((name) => !whole.includes(name));
  return draft(
    'False',
    R.votersMissing,
    missing.length === 0
      ? 'Writes are not accepted now: see the condition Available.'
      : `The next loss stops writes: bring back ${missing.join(', ')} (${describeMembers(view, missing)}).`,
  );
}

export function replicationHealthy(view: ClusterView): ConditionDraft {
  const draft = (
    status: ConditionDraft['status'],
    reason: string,
    message: string,
  ): ConditionDraft => ({
    type: T.replicationHealthy,
    status,
    reason,
    message,
  });
  const reports = [...view.members.values()].filter((report) => report !== null);
  const errant = reports.filter((report) => report.errant !== null);
  if (errant.length > 0) {
    const list = errant.map((report) => `${report.member} has ${report.errant}`).join('; ');
    return draft(
      'False',
      R.errantTransactions,
      `Transactions that the cluster does not have: ${list}. The member rebuilds itself; the transactions are saved first.`,
    );
  }
  const primary = view.log?.primary ?? null;
  const replicas = view.declared.filter((name) => name !== primary);
  if (replicas.length === 0 && view.open) {
    return draft('True', R.singleMember, 'There is one member: nothing to replicate.');
  }
  const broken = reports.filter(
    ({ member, state, mysql }) =>
      member !== primary &&
      state === 'following' &&
      mysql !== null &&
      !(mysql.ioRunning && mysql.sqlRunning && mysql.lastError === null),
  );
  if (broken.length > 0) {
    const list = broken.map(
      ({ member, mysql }) =>
        `${member}: ${mysql?.lastError ?? 'a replication thread does not run'}`,
    );
    return draft(
      'False',
      R.replicationError,
      `Replication has stopped. ${list.join('; ')}. The agent retries; if this lasts, rebuild the member.`,
    );
  }
  const away = replicas.filter((name) => !view.ready.includes(name));
  return away.length === 0
    ? draft('True', R.allFollowing, `All ${replicas.length} replicas follow ${primary}.`)
    : draft('False', R.notFollowing, `${describeMembers(view, away)}.`);
}

export function ready(view: ClusterView): ConditionDraft {
  const draft = (status: 'True' | 'False', reason: string, message: string): ConditionDraft => ({
    type: T.ready,
    status,
    reason,
    message,
  });
  const writes = available(view);
  if (writes.status !== 'True') return draft('False', writes.reason, writes.message);
  const away = view.declared.filter((name) => !view.ready.includes(name));
  if (away.length > 0) {
    return draft(
      'False',
      R.membersNotReady,
      `Writes are accepted. ${describeMembers(view, away)}.`,
    );
  }
  const changing = membershipDifference(view);
  if (changing.length > 0) {
    return draft(
      'False',
      R.membershipChanging,
      `Writes are accepted. Voters are being changed: ${changing.join(', ')}.`,
    );
  }
  return draft(
    'True',
    R.allMembersReady,
    `${view.declared.length} of ${view.declared.length} members are up; ${view.log?.primary} is primary.`,
  );
}

export function stalled(view: ClusterView, problems: readonly FieldProblem[]): ConditionDraft {
  if (problems.length > 0) {
    const list = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
    return {
      type: T.stalled,
      status: 'True',
      reason: R.invalidSpec,
      message: `The spec is not good, so the last good one stays in force: ${list}`,
    };
  }
  const failed = [...view.members].filter(([, report]) => report?.state === 'failed');
  if (failed.length > 0) {
    const names = failed.map(([name]) => name);
    return {
      type: T.stalled,
      status: 'True',
      reason: R.memberFailed,
      message: `${describeMembers(view, names)}.`,
    };
  }
  return {
    type: T.stalled,
    status: 'False',
    reason: R.progressing,
    message: 'Nothing needs a person.',
  };
}

/** kstatus: what is stalled is not reconciling. */
export function reconciling(isReady: ConditionDraft, isStalled: ConditionDraft): ConditionDraft {
  if (isReady.status === 'True' || isStalled.status === 'True') {
    return {
      type: T.reconciling,
      status: 'False',
      reason: isStalled.status === 'True' ? isStalled.reason : R.upToDate,
      message:
        isStalled.status === 'True'
          ? 'Waits for a person: see the condition Stalled.'
          : 'Nothing to do.',
    };
  }
  return { type: T.reconciling, status: 'True', reason: isReady.reason, message: isReady.message };
}

function membershipDifference({ declared, log }: ClusterView): readonly string[] {
  const voters = log?.voters ?? [];
  return [
    ...declared.filter((name) => !voters.includes(name)).map((name) => `${name} joins`),
    ...voters.filter((name) => !declared.includes(name)).map((name) => `${name} leaves`),
  ];
}
