/** A member does its next step: agent/src/member, move by move, with the core's own decisions. */
import {
  collectGtids,
  containsGtids,
  EMPTY_GTIDS,
  formatGtidSet,
  isEmptyGtids,
  parseGtidSet,
  subtractGtids,
} from '@radondb/api';
import { currentPrimaryship } from '../../../src/core/cluster-log.ts';
import { checkOpened, checkWhole, checkWritable } from './checks.ts';
import type { Job, Node, Trim } from './node.ts';
import type { World } from './world.ts';

type JobOf<K extends Job['kind']> = Extract<Job, { kind: K }>;

/** A new epoch interrupts everything but a promise (Member#clusterChanged). */
export function abortJob(world: World, node: Node): void {
  const { job } = node;
  if (job === null || job.kind === 'promise') return;
  if (job.kind === 'hand-over') {
    if (!world.rules.revertOnlyBeforeThePromise) return;
    revert(world, node, job);
    return;
  }
  node.job = null;
  if (
    job.kind === 'promote' &&
    node.record.inService !== null &&
    world.rules.promiseFencesThePrimary
  )
    kill(world, node, 'its epoch is over while it prepares');
}

export function act(world: World, node: Node): void {
  if (!node.running) return;
  if (node.job !== null) {
    proceed(world, node, node.job);
    return;
  }
  const step = world.rules.nextMemberStep(node.view(world.now));
  const { epoch } = node.state;
  switch (step.do) {
    case 'promise':
      node.job = { kind: 'promise', epoch: step.epoch, stage: 0 };
      proceed(world, node, node.job);
      return;
    case 'fence':
      fence(world, node);
      return;
    case 'kill':
      kill(world, node, step.why);
      return;
    case 'start':
      start(world, node);
      return;
    case 'refuse':
      node.memory.refused = step.epoch;
      return;
    case 'promote':
      node.job = { kind: 'promote', epoch, primaryship: step.primaryship, stage: 0, barrier: null };
      return;
    case 'propose-open':
      proposeOpen(world, node, step.epoch);
      return;
    case 'let-clients-in':
      letClientsIn(world, node, step.epoch);
      return;
    case 'follow':
      node.job = { kind: 'follow', epoch, primaryship: step.primaryship, stage: 0, trim: null };
      return;
    case 'become-whole':
      node.job = {
        kind: 'become-whole',
        epoch,
        primaryship: step.primaryship,
        stage: 0,
        mark: null,
      };
      return;
    case 'open-for-reads':
      if (containsGtids(node.mysql.executed, parseGtidSet(step.primaryship.base)))
        node.memory.readable = { epoch, generation: node.mysql.generation };
      return;
    case 'reseed':
      node.job = { kind: 'reseed', epoch, primaryship: step.primaryship, stage: 0 };
      return;
    case 'rest':
      rest(world, node);
      return;
    case 'initialise':
      throw new Error('the model has no empty clusters');
  }
}

function rest(world: World, node: Node): void {
  if (world.rules.anExitEndsTheEpoch) return;
  // The mutation I9/X10: the primary's mysqld is simply started again and goes on.
  const { state, mysql, record, memory } = node;
  const mine = currentPrimaryship(state)?.primary === node.name && state.phase === 'open';
  if (!mine || mysql.up || record.inService !== state.epoch || memory.prepared === null) return;
  start(world, node);
  mysql.wait = world.rules.waitFor(world.voters.length);
  memory.prepared = { ...memory.prepared, generation: mysql.generation };
}

function proceed(world: World, node: Node, job: Job): void {
  if (job.kind !== 'promise' && node.mysql.up && node.mysql.frozen) return;
  switch (job.kind) {
    case 'promise':
      promise(world, node, job);
      return;
    case 'promote':
      promote(world, node, job);
      return;
    case 'follow':
      follow(world, node, job);
      return;
    case 'become-whole':
      becomeWhole(world, node, job);
      return;
    case 'reseed':
      reseed(world, node, job);
      return;
    case 'hand-over':
      handOver(world, node, job);
      return;
  }
}

function kill(world: World, node: Node, why: string): void {
  node.mysql.kill();
  world.say(() => `${node.name}: SIGKILL (${why})`);
}

function start(world: World, node: Node): void {
  node.update({ stoppedAndSynced: false, hadData: true });
  node.mysql.start();
  world.say(() => `${node.name}: mysqld starts`);
}

function fence(world: World, node: Node): void {
  node.memory.serving = null;
  if (node.mysql.frozen) {
    kill(world, node, 'could not be fenced');
    return;
  }
  node.mysql.offline = true;
  world.say(() => `${node.name}: fenced`);
}

// I3: fence, receiver stopped and verified, promise durable; the answer is read later, afresh.
export function promise(world: World, node: Node, job: JobOf<'promise'>): void {
  const { memory, mysql, record } = node;
  const { rules } = world;
  if (job.stage === 0) {
    job.stage = 1;
    if (rules.promiseFencesThePrimary) {
      memory.serving = null;
      memory.readable = null;
      const handedOver = node.holdsNow(memory.handover) !== null;
      if (mysql.up && record.inService !== null && !handedOver) {
        if (rules.promiseKillsTheFormerPrimary) kill(world, node, 'primary, not handed over');
        else Object.assign(mysql, { offline: true, readOnly: true });
      }
    }
    if (mysql.up && rules.promiseStopsTheReceiver) {
      if (mysql.frozen) kill(world, node, 'no proof that the receiver has stopped');
      else mysql.receiver = null;
    }
    if (rules.promiseDropsTheRelayLog && mysql.up) mysql.resetReplica();
    return;
  }
  if (node.job === job) node.job = null;
  memory.following = null;
  const handedOver = node.holdsNow(memory.handover) !== null || !rules.promiseKillsTheFormerPrimary;
  node.update(handedOver ? { promise: job.epoch, inService: null } : { promise: job.epoch });
  if (rules.promiseFencesThePrimary) memory.prepared = null;
  memory.handover = null;
  memory.refused = null;
  if (rules.reseedEndsWithTheEpoch) memory.reseed = null;
  world.say(() => `${node.name}: promises ${job.epoch}`);
}

function mustStillBe(node: Node, epoch: number): boolean {
  return (
    node.record.promise === epoch && node.state.epoch === epoch && node.state.phase === 'elected'
  );
}

function refuse(world: World, node: Node, job: JobOf<'promote'>, why: string): void {
  node.job = null;
  node.memory.refused = job.epoch;
  node.memory.prepared = null;
  world.say(() => `${node.name}: refuses epoch ${job.epoch}: ${why}`);
}

function promote(world: World, node: Node, job: JobOf<'promote'>): void {
  const { mysql, memory } = node;
  const { rules } = world;
  const { epoch, primaryship } = job;
  const base = parseGtidSet(primaryship.base);
  if (job.stage > 0 && !mysql.up) {
    refuse(world, node, job, 'mysqld ended');
    return;
  }
  switch (job.stage) {
    case 0:
      if (!mysql.up) start(world, node);
      mysql.applying = true;
      job.stage = rules.electedDrains ? 1 : 2;
      return;
    case 1:
      if (containsGtids(mysql.executed, base)) job.stage = 2;
      else if (mysql.unapplied.length === 0 && !rules.electedChecksBase) job.stage = 2;
      else if (mysql.unapplied.length === 0) refuse(world, node, job, 'lacks a part of base');
      return;
    case 2: {
      if (rules.electedChecksBase && rules.electedDrains) {
        if (mysql.uuid !== primaryship.uuid) {
          refuse(world, node, job, 'another uuid');
          return;
        }
        if (!containsGtids(mysql.executed, base)) {
          refuse(world, node, job, 'lacks a part of base');
          return;
        }
        if (mysql.unapplied.length > 0) {
          refuse(world, node, job, 'its relay log holds more than base');
          return;
        }
      }
      if (!mustStillBe(node, epoch)) {
        refuse(world, node, job, 'the epoch has passed');
        return;
      }
      mysql.resetReplica();
      const lost = node.record.amnesiaSinceEpoch;
      node.update({
        inService: epoch,
        lastPrimaryEpoch: epoch,
        amnesiaSinceEpoch:
          lost !== null && rules.isWholeAgain(lost, mysql.executed, primaryship) ? null : lost,
      });
      job.stage = 3;
      return;
    }
    case 3:
      if (!mustStillBe(node, epoch)) {
        refuse(world, node, job, 'the epoch has passed');
        return;
      }
      if (rules.electedChecksBase && rules.electedDrains) checkWritable(node, primaryship.base);
      mysql.wait = rules.waitFor(world.voters.length);
      mysql.readOnly = false;
      if (!rules.clientsComeInAfterOpen) {
        mysql.offline = false;
        world.look(node);
      }
      job.stage = 4;
      return;
    case 4:
      job.barrier = world.write(node, epoch, false);
      job.stage = 5;
      return;
    default:
      if (job.barrier !== null && mysql.committed.has(job.barrier)) {
        node.job = null;
        memory.prepared = { epoch, generation: mysql.generation, barrier: job.barrier };
      } else if (world.random.chance(0.01)) refuse(world, node, job, 'barrier deadline');
  }
}

function proposeOpen(world: World, node: Node, epoch: number): void {
  const { prepared } = node.memory;
  if (prepared === null || world.proposals.some((p) => p.kind === 'open' && p.epoch === epoch))
    return;
  const barrier = formatGtidSet(collectGtids([prepared.barrier]));
  world.proposals.push({ kind: 'open', epoch, barrier, atMs: 0, steps: [] });
}

function letClientsIn(world: World, node: Node, epoch: number): void {
  const { state, mysql, memory, record } = node;
  const mine = state.phase === 'open' && state.epoch === epoch && record.promise === epoch;
  if (!mine || mysql.frozen || memory.prepared?.generation !== mysql.generation) return;
  mysql.readOnly = false;
  mysql.offline = false;
  memory.serving = { epoch, generation: mysql.generation };
  world.say(() => `${node.name}: lets clients in, epoch ${epoch}`);
  checkOpened(world, node);
  world.look(node);
}

function mustReseed(world: World, node: Node, why: string): void {
  node.job = null;
  node.memory.reseed = why;
  world.say(() => `${node.name}: errant, holds ${why}`);
}

function follow(world: World, node: Node, job: JobOf<'follow'>): void {
  const { mysql } = node;
  const { rules } = world;
  if (job.stage > 0 && !mysql.up) {
    node.job = null;
    return;
  }
  switch (job.stage) {
    case 0:
      if (!mysql.up) {
        const plan = rules.planFollow(
          { kept: mysql.scannedBinlog, relayed: mysql.retrieved },
          job.primaryship,
        );
        if (plan.kind === 'reseed') {
          mustReseed(world, node, formatGtidSet(plan.void_));
          return;
        }
        start(world, node);
      }
      job.stage = 1;
      return;
    case 1: {
      const plan = rules.planFollow(
        { kept: mysql.executed, relayed: mysql.retrieved },
        job.primaryship,
      );
      if (plan.kind === 'reseed') {
        mustReseed(world, node, formatGtidSet(plan.void_));
        return;
      }
      job.trim = plan.kind === 'trim' ? plan : null;
      job.stage = plan.kind === 'trim' ? 2 : 3;
      return;
    }
    case 2:
      if (job.trim !== null && trim(world, node, { job, plan: job.trim })) job.stage = 3;
      return;
    default:
      point(world, node, job);
      return;
  }
}

/** False when the applier was faster. */
function trim(
  world: World,
  node: Node,
  { job, plan }: { readonly job: JobOf<'follow'>; readonly plan: Trim },
): boolean {
  const { mysql } = node;
  const { rules } = world;
  // The applier runs until it is told to stop.
  for (let i = world.random.below(4); i > 0 && mysql.applying; i -= 1) mysql.applyOne();
  mysql.applying = false;
  while (rules.trimAppliesTheBaseFirst) {
    const next = mysql.unapplied[0];
    if (next === undefined || containsGtids(plan.void_, collectGtids([next]))) break;
    if (world.random.chance(0.05)) break;
    mysql.applyOne();
  }
  const after = rules.planFollow({ kept: mysql.executed, relayed: EMPTY_GTIDS }, job.primaryship);
  if (after.kind === 'reseed' && rules.trimLooksAgain) {
    mustReseed(world, node, formatGtidSet(after.void_));
    return false;
  }
  const forgets = !containsGtids(mysql.executed, plan.mustHold);
  if (forgets && rules.trimAppliesTheBaseFirst) {
    node.update({
      amnesiaSinceEpoch: Math.max(job.epoch - 1, node.record.amnesiaSinceEpoch ?? 0),
    });
  }
  mysql.resetReplica();
  checkWhole(world, node);
  world.say(() => `${node.name}: drops ${formatGtidSet(plan.void_)} with its relay log`);
  return true;
}

function point(world: World, node: Node, job: JobOf<'follow'>): void {
  node.job = null;
  const { mysql, memory } = node;
  if (node.record.promise !== job.epoch) return;
  mysql.readOnly = true;
  mysql.wait = null;
  const acknowledge = node.voter || world.rules.readersAcknowledge;
  mysql.receiver = { source: job.primaryship.primary, acknowledge, generation: null, cursor: 0 };
  mysql.applying = true;
  node.update({ inService: null, configVersion: node.state.config.version });
  memory.following = { epoch: job.epoch, generation: mysql.generation };
  world.say(() => `${node.name}: follows ${job.primaryship.primary}, epoch ${job.epoch}`);
}

function becomeWhole(world: World, node: Node, job: JobOf<'become-whole'>): void {
  const { mysql, record } = node;
  const lost = record.amnesiaSinceEpoch;
  const done = (): void => {
    node.job = null;
    if (record.promise !== job.epoch) return;
    node.update({ amnesiaSinceEpoch: null });
    world.say(() => `${node.name}: whole again`);
  };
  if (lost === null || !mysql.up || world.random.chance(0.02)) {
    node.job = null;
    return;
  }
  if (job.epoch > lost || !world.rules.wholeOnlyAfterAMark) {
    const whole =
      job.epoch > lost
        ? world.rules.isWholeAgain(lost, mysql.executed, job.primaryship)
        : containsGtids(mysql.executed, parseGtidSet(job.primaryship.base));
    if (whole) done();
    return;
  }
  const primary = world.node(job.primaryship.primary);
  if (job.mark === null) {
    const there = primary.running && world.linked(node, primary) && !primary.mysql.frozen;
    if (there && primary.holdsNow(primary.memory.serving) === job.epoch)
      job.mark = world.write(primary, job.epoch, false);
  } else if (mysql.holds(job.mark)) done();
}

function reseed(world: World, node: Node, job: JobOf<'reseed'>): void {
  const { mysql, memory } = node;
  const donor = world.node(job.primaryship.primary);
  if (job.stage === 0) {
    const prepared =
      donor.running && donor.state.epoch === job.epoch && donor.mysql.up && !donor.mysql.readOnly;
    if (node.state.phase !== 'open' && world.rules.clonesOnlyFromThePrepared && !prepared) {
      node.job = null;
      return;
    }
    mysql.kill();
    memory.readable = null;
    job.stage = 1;
    return;
  }
  if (!donor.mysql.up || donor.mysql.frozen || !world.linked(node, donor)) {
    if (world.random.chance(0.1)) node.job = null;
    return;
  }
  if (world.random.chance(0.5)) return;
  forgetAll(node, job.epoch);
  mysql.resetReplica();
  mysql.binlog = donor.mysql.binlog.filter((tx) => donor.mysql.committed.has(tx));
  mysql.committed = new Set(mysql.binlog);
  if (world.rules.aCloneHasANewUuid) mysql.uuid = world.newUuid();
  mysql.hasData = true;
  node.update({ hadData: true, inService: null });
  memory.reseed = null;
  node.job = null;
  world.say(() => `${node.name}: is a clone of ${donor.name}`);
}

function forgetAll(node: Node, epoch: number): void {
  node.update({
    amnesiaSinceEpoch: Math.max(epoch, node.record.amnesiaSinceEpoch ?? 0),
    clonedSince: true,
    lastPrimaryEpoch: null,
  });
}

/** ha.md, "Switchover": cut off, quiet, read-only, the target has it all, revoke. Taken back only before a promise (X3). */
function handOver(world: World, node: Node, job: JobOf<'hand-over'>): void {
  const { mysql, memory, state, record } = node;
  if (!mysql.up) {
    node.job = null;
    return;
  }
  const late = world.now - job.since > 120;
  // The mutation X3: it goes on as if there were no promise.
  if (!world.rules.revertOnlyBeforeThePromise && job.stage === 3 && !world.random.chance(0.1))
    return;
  if (state.epoch !== job.epoch || record.promise !== job.epoch || late) {
    revert(world, node, job);
    return;
  }
  if (job.stage === 0) {
    memory.serving = null;
    mysql.offline = true;
    job.stage = 1;
  } else if (job.stage === 1) {
    if (mysql.waiting) return;
    mysql.readOnly = true;
    job.stage = 2;
  } else if (job.stage === 2) {
    const target = world.node(job.to);
    if (!target.running || !world.linked(node, target) || !target.mysql.up) return;
    if (!isEmptyGtids(subtractGtids(mysql.executed, target.mysql.executed))) return;
    memory.handover = { epoch: job.epoch, generation: mysql.generation };
    world.proposals.push({
      kind: 'revoke',
      epoch: job.epoch + 1,
      cause: 'switchover',
      planned: { from: node.name, to: job.to },
      noticedAtMs: 0,
      atMs: 0,
    });
    job.stage = 3;
  }
}

function revert(world: World, node: Node, job: JobOf<'hand-over'>): void {
  const { rules } = world;
  const { state, record, memory, mysql } = node;
  const allowed = record.promise === job.epoch && state.epoch === job.epoch;
  if (allowed || !rules.revertOnlyBeforeThePromise) {
    node.job = null;
    memory.handover = null;
    mysql.readOnly = false;
    if (!rules.revertOnlyBeforeThePromise) mysql.offline = false;
    world.say(() => `${node.name}: takes the switchover back`);
    return;
  }
  node.job = null;
}
