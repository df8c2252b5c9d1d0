/** For tests: the simulator of the core, and a log and a network in memory for the driver. */
export { type Exploration, type ExplorationOptions, explore } from './explore.ts';
export { InvariantViolation } from './invariants.ts';
export {
  checkLinearizability,
  type Model,
  type Operation,
  type Verdict,
} from './linearizability.ts';
export { MemoryLog } from './memory-log.ts';
export { MemoryNetwork } from './memory-network.ts';
export { Random } from './random.ts';
export { type ShrunkRun, shrink } from './shrink.ts';
export { type SimulationOptions, type SimulationResult, simulate } from './simulator.ts';
export type { Action, SmallWorldBounds } from './small-world.ts';
