import { readFile } from 'node:fs/promises';
import { readJson, writeJsonDurably } from './durable-files.ts';

/**
 * Durable record of starts that never got as far as speaking to the agent. After a crash, one of those may have died inside recovery,
 * which commits a prepared tail without its GTID: from then on cutting the binlog would silently differ (rewind.md, trap 1).
 */
export class StartMarker {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Before every start. */
  async beforeStart(): Promise<void> {
    const unfinished = (await this.unfinishedStarts()) + 1;
    await writeJsonDurably(this.#file, {
      unfinishedStarts: unfinished,
      bootId: await bootId(),
      at: new Date().toISOString(),
    });
  }

  /** The server is up: recovery is over, and what it committed shows in gtid_executed. */
  async afterStart(): Promise<void> {
    await writeJsonDurably(this.#file, {
      unfinishedStarts: 0,
      bootId: await bootId(),
      at: new Date().toISOString(),
    });
  }

  async unfinishedStarts(): Promise<number> {
    const content = await readJson(this.#file);
    if (content === null) return 0;
    const isRecord = typeof content === 'object' && 'unfinishedStarts' in content;
    const count = isRecord ? Number(content.unfinishedStarts) : Number.NaN;
    // An unreadable marker is no proof of anything: the safe answer is "there was one".
    return Number.isInteger(count) && count >= 0 ? count : 1;
  }
}

async function bootId(): Promise<string> {
  return await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (content) => content.trim(),
    () => 'unknown',
  );
}
