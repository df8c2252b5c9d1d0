/** What must hold after every step, judged from outside: by transactions as they are, not by what any member believes. */
import {
  collectGtids,
  containsGtids,
  formatGtidSet,
  parseGtidSet,
  subtractGtids,
} from '@radondb/api';
import { currentPrimaryship, type ElectEntry } from '../../../src/core/cluster-log.ts';
import type { Tx } from './mysql.ts';
import type { Node } from './node.ts';
import type { World } from './world.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

export function nameOf(tx: Tx): string {
  return `${Number(tx.uuid.slice(-12))}:${tx.number}`;
}

function names(transactions: Iterable<Tx>): string {
  return [...transactions].map(nameOf).join(' ');
}

/** I4: whoever is elected contains base, and base every acknowledged write. Called when the log accepts an `elect`. */
export function checkElected(world: World, entry: ElectEntry): void {
  const acknowledged = collectGtids(world.acknowledged);
  const base = parseGtidSet(entry.base);
  if (!containsGtids(base, acknowledged)) {
    throw new Violation(
      `elect ${entry.epoch} of ${entry.primary} lacks acknowledged ${formatGtidSet(subtractGtids(acknowledged, base))}`,
    );
  }
}

/** The writer of `tx` has its acknowledgements: no epoch that began after it may be without it (I1–I3). */
export function checkAcknowledged(world: World, writer: Node, tx: Tx): void {
  for (const elect of world.elections) {
    if (elect.epoch > tx.epoch && !containsGtids(parseGtidSet(elect.base), collectGtids([tx]))) {
      throw new Violation(
        `${writer.name} acknowledged ${nameOf(tx)} of epoch ${tx.epoch}, but epoch ${elect.epoch} was elected without it`,
      );
    }
  }
}

/** I4: nothing is written before executed ⊇ base. */
export function checkWritable(node: Node, base: string): void {
  if (!containsGtids(node.mysql.executed, parseGtidSet(base)))
    throw new Violation(`${node.name} becomes writable and lacks a part of base`);
}

/** I6, I9, X10: clients never come to a primary that lacks what was acknowledged, or what clients have seen. */
export function checkOpened(world: World, node: Node): void {
  const lost = [...world.acknowledged].filter((tx) => !node.mysql.committed.has(tx));
  if (lost.length > 0)
    throw new Violation(`${node.name} opens without acknowledged ${names(lost)}`);
  const vanished = [...world.seen].filter((tx) => !node.mysql.committed.has(tx));
  if (vanished.length > 0)
    throw new Violation(`${node.name} opens without ${names(vanished)}, which clients have read`);
}

/** I8: whoever counts as whole has every acknowledged write that it acknowledged itself. */
export function checkWhole(world: World, node: Node): void {
  const told = node.record.amnesiaSinceEpoch !== null && world.rules.amnesiacsAreTold;
  if (told || !node.mysql.hasData) return;
  const forgotten = [...node.acknowledgedEver].filter(
    (tx) => world.acknowledged.has(tx) && !node.mysql.holds(tx),
  );
  if (forgotten.length > 0)
    throw new Violation(`${node.name} counts as whole and has forgotten ${names(forgotten)}`);
}

/** I11: called for every transaction that is written. */
export function checkName(world: World, tx: Tx): void {
  const name = `${tx.uuid}:${tx.number}`;
  const known = world.named.get(name);
  if (known !== undefined) throw new Violation(`${nameOf(tx)} means two transactions (I11)`);
  world.named.set(name, tx);
}

/** At most one member that can gather acknowledgements for new writes of clients; nobody follows with content that the primary lacks (X1). */
export function checkWorld(world: World): void {
  const able = world.nodes.filter((node) => canGather(world, node));
  if (able.length > 1)
    throw new Violation(
      `${able.map((n) => n.name).join(' and ')} can both gather acknowledgements`,
    );
  for (const node of world.nodes) checkFollower(world, node);
}

function canGather(world: World, node: Node): boolean {
  const { mysql } = node;
  if (!mysql.up || mysql.readOnly || mysql.offline || mysql.wait === null) return false;
  let live = 0;
  for (const other of world.nodes) {
    const receiver = other.mysql.up ? other.mysql.receiver : null;
    if (
      receiver?.source === node.name &&
      receiver.acknowledge &&
      receiver.generation === mysql.generation
    )
      live += 1;
  }
  return live >= mysql.wait && (mysql.wait > 0 || world.voters.length === 1);
}

function checkFollower(world: World, node: Node): void {
  const { receiver } = node.mysql;
  const epoch = node.holdsNow(node.memory.following);
  if (receiver === null || epoch === null || epoch !== node.state.epoch || node.job !== null)
    return;
  const current = currentPrimaryship(node.state);
  const primary = world.node(receiver.source);
  if (current?.primary !== primary.name || primary.holdsNow(primary.memory.serving) !== epoch)
    return;
  for (const tx of node.mysql.committed) {
    if (!primary.mysql.holds(tx))
      throw new Violation(
        `${node.name} follows ${primary.name} in epoch ${epoch} and has executed ${nameOf(tx)}, which never happened`,
      );
  }
}
