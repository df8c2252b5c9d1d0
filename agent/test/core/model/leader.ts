/** What a raft leader does in the model: any member with a quorum may believe that it is one, and propose from an old view. */
import { formatGtidSet, unionGtids } from '@radondb/api';
import type { Promised } from '../../../src/core/choose.ts';
import { type ClusterEntry, currentPrimaryship } from '../../../src/core/cluster-log.ts';
import { checkWhole, Violation } from './checks.ts';
import type { Node } from './node.ts';
import { promise } from './steps.ts';
import type { World } from './world.ts';

/** Answers older than this many steps are asked for again (X2). */
const FRESH_STEPS = 30;

export function canLead(world: World, node: Node): boolean {
  return node.voter && node.caughtUp && world.hasQuorum(node);
}

export function proposeRevoke(world: World, leader: Node, cause: string): void {
  const epoch = leader.state.epoch + 1;
  if (world.proposals.some((p) => p.kind === 'revoke' && p.epoch === epoch)) return;
  world.proposals.push({ kind: 'revoke', epoch, cause, planned: null, noticedAtMs: 0, atMs: 0 });
}

/** Asks one voter: Member#promise, then its content as it is now (agent/src/member/promise.ts). */
export function collect(world: World, leader: Node, member: Node): void {
  const { epoch, phase } = leader.state;
  if (phase !== 'revoked' || !member.running || !world.linked(leader, member)) return;
  if (!member.caughtUp || member.state.epoch !== epoch || member.state.phase !== 'revoked') return;
  const reverting = member.job?.kind === 'hand-over' && !world.rules.revertOnlyBeforeThePromise;
  if (member.job !== null && !reverting) return;
  if (member.record.promise > epoch) return;
  if (member.record.promise < epoch) {
    const job = { kind: 'promise' as const, epoch, stage: 0 };
    promise(world, member, job);
    promise(world, member, job);
  }
  if (member.mysql.up && member.mysql.frozen) member.mysql.kill();
  const promised = answer(world, member);
  checkWhole(world, member);
  leader.answers.set(member.name, { promised, at: world.now, epoch });
}

function answer(world: World, member: Node): Promised {
  const { mysql, record, memory } = member;
  const { rules } = world;
  const executed = mysql.up ? mysql.executed : mysql.scannedBinlog;
  const emptied = !mysql.hasData && rules.anEmptiedDiskSpeaksForNothing;
  return {
    member: member.name,
    content: unionGtids(executed, mysql.retrieved),
    executed,
    purged: unionGtids(),
    uuid: mysql.hasData ? mysql.uuid : '',
    whole: (record.amnesiaSinceEpoch === null || !rules.amnesiacsAreTold) && mysql.hasData,
    lastPrimaryEpoch: emptied ? null : record.lastPrimaryEpoch,
    candidate: mysql.hasData && memory.reseed === null && memory.refused !== member.state.epoch,
    live: mysql.up,
    priority: 0,
  };
}

/** @throws Violation when no member holds every write: in the model nothing may lead to that. */
export function chooseAndPropose(world: World, leader: Node): string {
  const { state } = leader;
  if (state.phase !== 'revoked') return 'NotRevoked';
  const promises = [...leader.answers.values()]
    .filter((a) => a.epoch === state.epoch)
    .filter((a) => !world.rules.answersAreFresh || world.now - a.at < FRESH_STEPS)
    .map((a) => a.promised);
  if (promises.length === 0) return 'NoFenceQuorum';
  const prefer = state.revoke?.planned?.to ?? null;
  const choice = world.rules.choosePrimary(state, promises, { prefer, only: null });
  if (choice.kind === 'stop')
    throw new Violation(`stop in epoch ${state.epoch}: ${choice.message}`);
  if (choice.kind === 'wait') return choice.reason;
  const entry: ClusterEntry = {
    kind: 'elect',
    epoch: state.epoch,
    primary: choice.member,
    uuid: choice.uuid,
    base: formatGtidSet(choice.base),
    atMs: 0,
  };
  world.proposals.push(entry);
  return 'Elect';
}

/** Whether a fair leader would end this epoch: its primary is gone, refuses, or does not serve. */
export function primaryIsLost(world: World, leader: Node): boolean {
  const { state } = leader;
  if (state.phase === 'none') return true;
  const current = currentPrimaryship(state);
  if (current === null) return false;
  const primary = world.node(current.primary);
  if (!primary.running || !world.linked(leader, primary)) return true;
  if (primary.memory.refused === state.epoch) return true;
  if (state.phase === 'elected') return world.now - leader.phaseSince > 150;
  return (
    primary.holdsNow(primary.memory.serving) !== state.epoch &&
    primary.job?.kind !== 'hand-over' &&
    world.now - leader.phaseSince > 30
  );
}
