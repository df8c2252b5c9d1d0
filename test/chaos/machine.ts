import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { percentile } from './percentile.ts';
import { nowMs } from './wait.ts';

/** What the machine could do at one moment; numbers mean little without it. */
export interface MachineState {
  readonly cores: number;
  readonly load1: number;
  /** Ticks that the hypervisor gave to others, and all ticks, since boot. */
  readonly stealTicks: number;
  readonly allTicks: number;
  readonly fsyncP50Ms: number;
  readonly fsyncP99Ms: number;
}

const SYNCS = 200;
const BLOCK = Buffer.alloc(4_096, 7);

/** @param folder on the disk to be measured */
export async function lookAtMachine(folder: string): Promise<MachineState> {
  const syncs = await timeSyncs(join(folder, '.chaos-fsync'));
  return {
    cores: availableParallelism(),
    load1: loadavg()[0] ?? 0,
    ...cpuTicks(),
    fsyncP50Ms: percentile(syncs, 0.5) ?? 0,
    fsyncP99Ms: percentile(syncs, 0.99) ?? 0,
  };
}

/** Share of all CPU time between two looks that was stolen, in percent. */
export function stealPercent(start: MachineState, end: MachineState): number {
  const all = end.allTicks - start.allTicks;
  return all === 0 ? 0 : (100 * (end.stealTicks - start.stealTicks)) / all;
}

/** Appends 4 KiB and waits for fdatasync, again and again. */
async function timeSyncs(path: string): Promise<readonly number[]> {
  const file = await open(path, 'w');
  const times: number[] = [];
  try {
    for (let count = 0; count < SYNCS; count += 1) {
      const startedAt = nowMs();
      await file.write(BLOCK, 0, BLOCK.length, count * BLOCK.length);
      await file.datasync();
      times.push(nowMs() - startedAt);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return times;
}

function cpuTicks(): { stealTicks: number; allTicks: number } {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // user nice system idle iowait irq softirq steal; guest times are already in user.
  const ticks = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { stealTicks: ticks[7] ?? 0, allTicks: ticks.reduce((sum, n) => sum + n, 0) };
}
