/**
 * Every interleaving of a small world: elections, proposals, restarts, and messages delivered sooner, later or never, in order on each link.
 * Worlds that look alike are walked on from once. A world is reached by replaying the actions that led to it.
 */
import { InvariantViolation } from './invariants.ts';
import { type Action, SmallWorld, type SmallWorldBounds } from './small-world.ts';

export interface Exploration {
  /** Different worlds that were reached and checked. */
  readonly worlds: number;
  /** False when `maxWorlds` ended it. */
  readonly complete: boolean;
  readonly violation: InvariantViolation | null;
  /** What led to the violation. */
  readonly path: readonly Action[];
}

export interface ExplorationOptions extends Partial<SmallWorldBounds> {
  /** @default unlimited */
  readonly maxWorlds?: number;
}

interface Found {
  readonly world: SmallWorld | null;
  readonly violation: InvariantViolation | null;
}

function replay(bounds: SmallWorldBounds, path: readonly Action[]): Found {
  const world = new SmallWorld(bounds);
  try {
    for (const action of path) world.run(action);
    // The worlds before this one were checked when they were found.
    world.check();
    return { world, violation: null };
  } catch (error) {
    if (error instanceof InvariantViolation) return { world: null, violation: error };
    const what = error instanceof Error ? error.message : String(error);
    return { world: null, violation: new InvariantViolation('core', what) };
  }
}

/** Defaults: 3 nodes, 2 of which may stand, in terms 2 and 3, 1 proposal, no restart. */
export function explore(options: ExplorationOptions = {}): Exploration {
  const bounds = { nodes: 3, maxTerm: 3, proposals: 1, restarts: 0, candidates: 2, ...options };
  const maxWorlds = options.maxWorlds ?? Number.POSITIVE_INFINITY;
  const seen = new Set<string>();
  const queue: (readonly Action[])[] = [[]];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const { world, violation } = replay(bounds, path);
    if (violation !== null) return { worlds: seen.size, complete: false, violation, path };
    if (world === null) continue;
    const key = world.key();
    if (seen.has(key)) continue;
    if (seen.size >= maxWorlds)
      return { worlds: seen.size, complete: false, violation: null, path: [] };
    seen.add(key);
    for (const action of world.actions()) queue.push([...path, action]);
  }
  return { worlds: seen.size, complete: true, violation: null, path: [] };
}
