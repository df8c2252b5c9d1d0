/** One run: faults for a while, then peace, in which the cluster must serve again. The seed decides everything. */
import { checkOpened, Violation } from './checks.ts';
import { canLead, chooseAndPropose, collect, primaryIsLost, proposeRevoke } from './leader.ts';
import type { Node } from './node.ts';
import { type Rules, SOUND } from './rules.ts';
import { act } from './steps.ts';
import { World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly voters?: number;
  readonly readers?: number;
  readonly steps?: number;
  readonly rules?: Partial<Rules>;
  /** Data folders may vanish; the end of such a run is not judged. */
  readonly destroys?: boolean;
  readonly traced?: boolean;
}

export interface Outcome {
  readonly violation: string | null;
  readonly trace: readonly string[];
  readonly acknowledged: number;
  readonly opened: number;
  readonly elections: number;
  /** Steps with a primary that serves. */
  readonly served: number;
}

const HABITS = [0.2, 1, 1, 1, 1, 1, 1, 3];

type Event = readonly [weight: number, happen: (world: World) => void];

export function run(options: RunOptions): Outcome {
  const world = new World({
    seed: options.seed,
    voters: options.voters ?? 3,
    readers: options.readers ?? 0,
    rules: { ...SOUND, ...options.rules },
    traced: options.traced ?? false,
  });
  let violation: string | null = null;
  let served = 0;
  try {
    // Half of the runs have habits of their own (slow appliers, many partitions, …): rare orders of events become likely in some.
    const ordinary = world.random.chance(0.5);
    const events = eventsOf(options.destroys ?? false).map(
      ([weight, happen]): Event => [ordinary ? weight : weight * world.random.pick(HABITS), happen],
    );
    const total = events.reduce((sum, [weight]) => sum + weight, 0);
    // Most runs begin with a cluster that serves.
    if (world.random.chance(0.8)) calm(world, false);
    for (let step = 0; step < (options.steps ?? 900); step += 1) {
      world.now += 1;
      pickEvent(events, world.random.next() * total)(world);
      world.check();
      if (world.nodes.some((n) => n.holdsNow(n.memory.serving) !== null)) served += 1;
    }
    calm(world, options.destroys ?? false);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error.message;
    world.say(() => `VIOLATION ${violation}`);
  }
  return {
    violation,
    trace: world.trace,
    acknowledged: world.acknowledged.size,
    opened: world.truth.failovers.filter((f) => f.openedAtMs !== null).length,
    elections: world.elections.length,
    served,
  };
}

function pickEvent(events: readonly Event[], at: number): (world: World) => void {
  let left = at;
  for (const [weight, happen] of events) {
    left -= weight;
    if (left < 0) return happen;
  }
  return (events[0] as Event)[1];
}

const runs = (node: Node): boolean => node.running;
const isDown = (node: Node): boolean => !node.agentUp;
const isUp = (node: Node): boolean => node.mysql.up;
const isStuck = (node: Node): boolean => node.agentFrozen || node.mysql.frozen;
const receives = ({ mysql }: Node): boolean => mysql.up && mysql.receiver !== null;
const lags = ({ mysql }: Node): boolean =>
  mysql.up && !mysql.frozen && mysql.applying && mysql.unapplied.length > 0;

type Able = (node: Node, world: World) => boolean;

/** Something happens to one of those for which it can: no event is wasted. */
function to(able: Able, then: (world: World, node: Node) => unknown): (world: World) => void {
  return (world) => {
    const nodes = world.nodes.filter((node) => able(node, world));
    if (nodes.length > 0) then(world, world.random.pick(nodes));
  };
}

function eventsOf(destroys: boolean): readonly Event[] {
  const events: Event[] = [
    [36, to(runs, acts)],
    [
      14,
      to(
        (n, w) => runs(n) && n.applied < w.log.length,
        (w, n) => (w.random.chance(0.5) ? w.applyNext(n) : w.applyAll(n)),
      ),
    ],
    [5, clientWrites],
    [24, to(receives, (w, n) => w.deliver(n))],
    [20, (w) => void w.readAck(w.random.below(w.acks.length))],
    [5, to(lags, (_, n) => n.mysql.applyOne())],
    [1.5, to(isUp, syncs)],
    [8, (w) => w.nodes.forEach((n) => void w.renewLease(n))],
    [16, to((n, w) => canLead(w, n), leads)],
    [10, commits],
    [3, to(isDown, (w, n) => w.startAgent(n))],
    [3, to(isStuck, (_, n) => thaws(n))],
    [2, heals],
    [0.5, to(isUp, exits)],
    [
      0.3,
      to(
        (n) => n.agentUp,
        (w, n) => w.killAgent(n),
      ),
    ],
    [0.3, to(() => true, losesPower)],
    [0.06, allLosePower],
    [0.5, to(runs, freezes)],
    [0.5, partitions],
    [0.5, switchesOver],
    [0.2, to(runs, stopsCleanly)],
  ];
  if (destroys) events.push([0.4, to(() => true, destroysData)]);
  return events;
}

/** Mostly it gets a few moves done in a row. */
function acts(world: World, node: Node): void {
  for (let i = world.random.below(4); i >= 0; i -= 1) act(world, node);
}

function clientWrites(world: World): void {
  const writable = world.nodes.filter(
    ({ mysql }) => mysql.up && !mysql.frozen && !mysql.readOnly && !mysql.offline,
  );
  if (writable.length === 0) return;
  const node = world.random.pick(writable);
  const epoch = node.memory.serving?.epoch ?? node.memory.prepared?.epoch ?? node.state.epoch;
  // Sessions write at the same time: what waits for acknowledgements is often more than one.
  const sessions = world.random.chance(0.2) ? 1 + world.random.below(5) : 1;
  for (let i = 0; i < sessions; i += 1) world.write(node, epoch, true);
}

function applies(node: Node): void {
  const { mysql } = node;
  if (mysql.up && !mysql.frozen && mysql.applying) mysql.applyOne();
}

function syncs(world: World, node: Node): void {
  node.mysql.synced = Math.max(node.mysql.synced, world.random.below(node.mysql.relay.length + 1));
}

function leads(world: World, node: Node): void {
  if (node.state.phase === 'revoked') {
    for (let i = world.random.below(3); i >= 0; i -= 1)
      collect(world, node, world.random.pick(world.voters));
    if (world.random.chance(0.5)) chooseAndPropose(world, node);
    return;
  }
  const lost = primaryIsLost(world, node);
  if (world.random.chance(lost ? 0.15 : 0.004))
    proposeRevoke(world, node, lost ? 'lost' : 'by mistake');
}

/** Raft commits some proposal: any of them, some twice, some never. */
function commits(world: World): void {
  if (world.proposals.length === 0 || !world.voters.some((v) => world.hasQuorum(v))) return;
  const index = world.random.below(world.proposals.length);
  const entry = world.proposals[index];
  if (entry === undefined) return;
  const fate = world.random.next();
  if (fate > 0.1) world.proposals.splice(index, 1);
  if (fate < 0.93) world.append(entry);
  if (world.proposals.length > 12) world.proposals.shift();
}

function exits(world: World, node: Node): void {
  if (!node.mysql.up) return;
  node.mysql.kill();
  world.say(() => `${node.name}: mysqld dies`);
}

function losesPower(world: World, node: Node): void {
  const { mysql } = node;
  node.agentUp = false;
  node.job = null;
  mysql.losePower(world.random.below(mysql.relay.length + 1));
  node.boot += 1;
  world.say(() => `${node.name}: loses power, keeps ${mysql.relay.length} of its relay log`);
}

function allLosePower(world: World): void {
  for (const node of world.nodes) losesPower(world, node);
}

function freezes(world: World, node: Node): void {
  const what = world.random.below(3);
  if (what !== 0) node.agentFrozen = true;
  if (what !== 1 && node.mysql.up) node.mysql.frozen = true;
  world.say(() => `${node.name}: ${['mysqld', 'agent', 'all'][what]} stops answering`);
}

function thaws(node: Node): void {
  node.agentFrozen = false;
  node.mysql.frozen = false;
}

function partitions(world: World): void {
  for (const node of world.nodes) node.group = world.random.below(2);
  world.say(() => `partition: ${world.nodes.map((n) => `${n.name}${n.group}`).join(' ')}`);
}

function heals(world: World): void {
  for (const node of world.nodes) node.group = 0;
}

function switchesOver(world: World): void {
  for (const node of world.nodes) {
    const { epoch } = node.state;
    if (!node.running || node.job !== null || node.holdsNow(node.memory.serving) !== epoch)
      continue;
    const others = world.voters.filter((v) => v !== node);
    if (others.length === 0) return;
    const to = world.random.pick(others).name;
    node.job = { kind: 'hand-over', epoch, to, stage: 0, since: world.now };
    world.say(() => `${node.name}: switches over to ${to}`);
  }
}

/** Member#stop: a replica's mysqld is stopped cleanly and says so; any other is killed. */
function stopsCleanly(world: World, node: Node): void {
  if (!node.running) return;
  const { mysql } = node;
  const clean = mysql.up && !mysql.frozen && node.record.inService === null;
  if (clean) mysql.synced = mysql.relay.length;
  if (clean || !world.rules.onlyACleanStopIsSynced) node.update({ stoppedAndSynced: true });
  world.say(() => `${node.name}: is stopped${clean ? ' cleanly' : ''}`);
  world.killAgent(node);
  // As when a machine is rebooted.
  if (world.random.chance(0.4)) losesPower(world, node);
}

function destroysData(world: World, node: Node): void {
  if (node.agentUp) world.killAgent(node);
  const { mysql } = node;
  mysql.resetReplica();
  mysql.binlog = [];
  mysql.committed = new Set();
  mysql.hasData = false;
  world.destroyed += 1;
  world.say(() => `${node.name}: its data folder is gone`);
}

/** No more faults and a fair schedule: it must end with an open primary that clients can write to, and everybody whole behind it. */
function calm(world: World, destroys: boolean): void {
  world.say(() => 'peace');
  for (const node of world.nodes) {
    node.group = 0;
    thaws(node);
    world.startAgent(node);
  }
  let seen = 'nothing';
  for (let round = 0; round < (destroys ? 150 : 400); round += 1) {
    for (const node of world.nodes) {
      world.now += 1;
      while (world.applyNext(node));
      world.renewLease(node);
      act(world, node);
      world.check();
      applies(node);
      while (world.deliver(node));
      while (world.acks.length > 0) world.readAck(0);
    }
    const leader = world.voters[round % world.voters.length] as Node;
    if (canLead(world, leader)) {
      if (leader.state.phase === 'revoked') {
        for (const voter of world.voters) collect(world, leader, voter);
        seen = chooseAndPropose(world, leader);
      } else if (primaryIsLost(world, leader)) proposeRevoke(world, leader, 'lost');
    }
    while (world.proposals.length > 0) world.append(world.proposals.shift() as never);
    if (isWell(world)) return;
  }
  if (destroys && world.destroyed > 0) return;
  throw new Violation(`no service in peace: ${describe(world)}; the leader: ${seen}`);
}

function isWell(world: World): boolean {
  const { truth } = world;
  const primary = world.nodes.find((n) => n.holdsNow(n.memory.serving) === truth.epoch);
  if (truth.phase !== 'open' || primary === undefined) return false;
  const others = world.nodes.filter((n) => n !== primary);
  const well = others.every(
    (n) =>
      n.holdsNow(n.memory.following) === truth.epoch &&
      n.job === null &&
      n.record.amnesiaSinceEpoch === null &&
      n.mysql.committed.size === primary.mysql.committed.size,
  );
  if (well) checkOpened(world, primary);
  return well;
}

function describe(world: World): string {
  return world.nodes
    .map((n) => {
      const step = n.job?.kind ?? JSON.stringify(SOUND.nextMemberStep(n.view(world.now)));
      return `${n.name}(epoch ${n.state.epoch} ${n.state.phase}, amnesia ${n.record.amnesiaSinceEpoch}, reseed ${n.memory.reseed}, ${n.mysql.up ? 'up' : 'down'}, ${step})`;
    })
    .join(' ');
}
