import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { FileLog, FileLogError } from '@radondb/raft/node';

const clusterId = randomUUID();
const WRITER = path.join(import.meta.dirname, 'log-writer.ts');

async function temporary(t: TestContext): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'raft-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return path.join(directory, 'log');
}

interface Acknowledged {
  readonly last: number;
  readonly term: number;
}

class Writer {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  acknowledged: Acknowledged = { last: 0, term: 0 };
  readonly #ended: Promise<unknown>;
  #onLine: () => void = () => undefined;

  constructor(t: TestContext, directory: string, limit?: string) {
    const args = ['--conditions=@radondb/source', WRITER, directory, clusterId];
    const command = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
    const shell = limit === undefined ? `exec ${command}` : `${limit}; exec ${command}`;
    this.child = spawn('sh', ['-c', shell], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => this.child.kill('SIGKILL'));
    const reader = createInterface({ input: this.child.stdout! });
    reader.on('line', (line) => {
      this.lines.push(line);
      const [what, last, term] = line.split(' ');
      if (what === 'acknowledged') this.acknowledged = { last: Number(last), term: Number(term) };
      this.#onLine();
    });
    this.#ended = Promise.all([once(this.child, 'exit'), once(reader, 'close')]);
  }

  async until(count: number): Promise<void> {
    while (this.lines.length < count && this.child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }

  async end(): Promise<void> {
    await this.#ended;
  }
}

async function checkKept(directory: string, { last, term }: Acknowledged): Promise<void> {
  const log = await FileLog.open({ directory, clusterId, nodeId: 1 });
  const { entries, hardState, snapshot } = log.recovered;
  assert.ok((entries.at(-1)?.index ?? snapshot?.index ?? 0) >= last, `entry ${last} is lost`);
  assert.ok(hardState.term >= term, `term ${term} is lost`);
  for (const [i, entry] of entries.entries()) {
    assert.equal(entry.index, entries[0]!.index + i);
    assert.equal(Buffer.from(entry.data).toString().startsWith(`${entry.index} `), true);
  }
  if (snapshot !== null) assert.ok((entries[0]?.index ?? 0) <= snapshot.index + 1);
  await log.close();
}

describe('the file log, in processes of its own', { timeout: 120_000 }, () => {
  it('keeps all that was acknowledged when its process is killed at any moment', async (t) => {
    const directory = await temporary(t);
    for (const lines of [1, 2, 7, 26, 43]) {
      const writer = new Writer(t, directory);
      await writer.until(lines);
      await writer.kill();
      assert.ok(writer.lines.length >= lines);
      await checkKept(directory, writer.acknowledged);
    }
  });

  it('stops at the first write that the system refuses, and keeps what was acknowledged', async (t) => {
    const directory = await temporary(t);
    // In blocks of 512 bytes: files may not grow beyond this, as when the disk is full.
    const writer = new Writer(t, directory, 'trap "" XFSZ; ulimit -f 2050');
    await writer.end();
    assert.deepEqual(writer.lines.slice(-2), [
      'failed RAFT_LOG_FAILED EFBIG',
      'again RAFT_LOG_FAILED',
    ]);
    assert.ok(writer.acknowledged.last > 0);
    await checkKept(directory, writer.acknowledged);
  });

  it('belongs to one process at a time', async (t) => {
    const directory = await temporary(t);
    const writer = new Writer(t, directory);
    await writer.until(1);
    const refused = (error: unknown): boolean =>
      error instanceof FileLogError &&
      error.code === 'RAFT_LOG_IN_USE' &&
      error.message.includes(directory);
    await assert.rejects(FileLog.open({ directory, clusterId, nodeId: 1 }), refused);
    await writer.kill();
    const log = await FileLog.open({ directory, clusterId, nodeId: 1 });
    await assert.rejects(FileLog.open({ directory, clusterId, nodeId: 1 }), refused);
    await log.close();
  });

  it('is opened by one of many that try at once', async (t) => {
    const directory = await temporary(t);
    const opened = await Promise.allSettled(
      Array.from({ length: 8 }, () => FileLog.open({ directory, clusterId, nodeId: 1 })),
    );
    const logs = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(logs.length, 1);
    await logs[0]!.close();
    // What a dead process of another make left is no obstacle.
    await writeFile(path.join(directory, 'lock'), '');
    await (await FileLog.open({ directory, clusterId, nodeId: 1 })).close();
  });

  it('works in a directory with a very long name', async (t) => {
    const directory = path.join(await temporary(t), 'a'.repeat(200));
    await (await FileLog.open({ directory, clusterId, nodeId: 1 })).close();
  });
});
