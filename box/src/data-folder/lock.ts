import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeldError, systemCode } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { bootId, isAlive, type ProcessIdentity, startTimeOf } from '../processes/proc.ts';
import type { BoxLayout } from './layout.ts';

/** Who runs the box of a data folder. */
export interface LockHolder extends ProcessIdentity {
  readonly bootId: string;
  /** ISO 8601. */
  readonly since: string;
  readonly command: string;
}

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process. A lock whose holder is dead is taken over.
 *
 * @throws HeldError when somebody alive holds it.
 */
export async function takeLock(layout: BoxLayout, command: string): Promise<Lock> {
  const guard = await takeGuard(layout);
  try {
    const holder = await findHolder(layout);
    if (holder !== null) throw new HeldError(heldMessage(layout, holder));
    const startTime = (await startTimeOf(process.pid)) ?? '';
    const mine: LockHolder = {
      pid: process.pid,
      startTime,
      bootId: await bootId(),
      since: new Date().toISOString(),
      command,
    };
    await writeFileAtomic(layout.lockFile, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  } finally {
    guard.close();
  }
  return {
    release: async () => {
      const holder = parseHolder(await readJson(layout.lockFile).catch(() => null));
      if (holder?.pid === process.pid) await rm(layout.lockFile, { force: true });
    },
  };
}

/** The living holder of a data folder; null when it is free or its holder died. */
export async function findHolder(layout: BoxLayout): Promise<LockHolder | null> {
  const holder = parseHolder(await readJson(layout.lockFile).catch(() => null));
  if (holder === null || holder.bootId !== (await bootId())) return null;
  return (await isAlive(holder)) ? holder : null;
}

function heldMessage(layout: BoxLayout, holder: LockHolder): string {
  return (
    `${layout.root} is held by process ${holder.pid} since ${holder.since} (${holder.command}). ` +
    `Stop it with: radondb down --data ${layout.root}`
  );
}

function parseHolder(value: unknown): LockHolder | null {
  if (!isRecord(value)) return null;
  const { pid, startTime, bootId: boot, since, command } = value;
  if (typeof pid !== 'number' || typeof startTime !== 'string') return null;
  if (typeof boot !== 'string' || typeof since !== 'string') return null;
  return { pid, startTime, bootId: boot, since, command: String(command) };
}

/**
 * One process at a time looks at the lock and replaces it. An abstract socket does that: the kernel
 * gives its name to one and takes it back whatever way that one ends.
 */
async function takeGuard(layout: BoxLayout): Promise<Server> {
  const name = createHash('sha256').update(layout.root).digest('hex').slice(0, 32);
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      return await listenAbstract(`\0radondb-box-${name}`);
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw error;
      if (performance.now() > deadline) {
        throw new HeldError(`${layout.root} is being taken by another process: try again`);
      }
      await sleep(20);
    }
  }
}

async function listenAbstract(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}
