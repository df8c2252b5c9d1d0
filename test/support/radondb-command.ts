/** The command `radondb` on a data folder of its own, as a test uses it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type MysqlCluster, parseGtidSet } from '@radondb/api';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const COMMAND_MS = 240_000;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Status = NonNullable<MysqlCluster['status']>;

/** One cluster called demo below one temporary folder. */
export class DemoCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'radondb-test-'));
  readonly data = join(this.folder, 'data');
  readonly #env = { ...process.env, RADONDB_DATA: this.data };

  run(...args: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const node = ['--conditions=@radondb/source', MAIN, ...args];
      execFile(
        process.execPath,
        node,
        { env: this.#env, timeout: COMMAND_MS },
        (error, out, err) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, out, err });
        },
      );
    });
  }

  /** Standard output of a command that must end with 0. */
  async ok(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(...args);
    assert.equal(code, 0, `radondb ${args.join(' ')}: ${out}${err}`);
    return out;
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.ok('status', 'demo', '-o', 'json')).status;
  }

  async member(name: string) {
    const found = (await this.status()).members?.find((m) => m.name === name);
    assert.ok(found?.local !== undefined, `no member ${name}`);
    return { ...found, local: found.local };
  }

  /** Names of the members that are not primary, in order. */
  async replicas(): Promise<readonly string[]> {
    const { primary, members } = await this.status();
    return (members ?? []).map((m) => m.name).filter((name) => name !== primary);
  }

  async sql(text: string, ...options: string[]): Promise<string> {
    return (
      await this.ok('mysql', 'demo', ...options, '--', '--skip-column-names', '-e', text)
    ).trim();
  }

  /** Until all members are there and have executed the same. */
  async whole(deadlineMs = 120_000): Promise<void> {
    await this.eventually(
      'all members, equal',
      async () => {
        const { readyMembers, replicas, members } = await this.status();
        const sets = new Set(
          (members ?? []).map((m) => String(parseGtidSet(m.gtidExecuted ?? ''))),
        );
        return readyMembers === `${replicas}/${replicas}` && sets.size === 1;
      },
      deadlineMs,
    );
  }

  async eventually(what: string, look: () => Promise<boolean>, deadlineMs = 60_000): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!(await look())) {
      const late = performance.now() > deadline;
      if (late)
        assert.fail(`waited in vain for: ${what}\n${(await this.run('status', 'demo')).out}`);
      await sleep(200);
    }
  }

  async close(): Promise<void> {
    await this.run('down', '--delete');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
