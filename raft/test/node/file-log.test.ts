import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Entry, Snapshot } from '@radondb/raft';
import { FileLog, FileLogError, type FileLogOptions, WAL_FORMAT_VERSION } from '@radondb/raft/node';

const clusterId = randomUUID();

async function temporary(t: TestContext): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'raft-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return path.join(directory, 'log');
}

const open = (directory: string, more: Partial<FileLogOptions> = {}): Promise<FileLog> =>
  FileLog.open({ directory, clusterId, nodeId: 1, ...more });

const entry = (index: number, term = 1, text = `entry ${index}`): Entry => ({
  index,
  term,
  type: 'normal',
  data: Uint8Array.from(Buffer.from(text)),
});

const range = (from: number, to: number, term = 1): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term));

const hardState = (term: number, vote = 1, commit = 0) => ({ term, vote, commit });

const snapshotAt = (index: number): Snapshot => ({
  index,
  term: 1,
  confState: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
  data: Uint8Array.from(Buffer.from('state')),
});

async function segment(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('wal-'));
  assert.equal(names.length, 1);
  return path.join(directory, names[0]!);
}

/** Where the zeroes written ahead begin. */
async function contentEnd(file: string): Promise<number> {
  const bytes = await readFile(file);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

async function flip(file: string, offset: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof FileLogError && error.code === code;

describe('the file log', () => {
  it('gives back what was written, in one record for term and vote', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(3, 2), entries: range(1, 5) });
    await log.write({ hardState: hardState(4, 1, 2), entries: range(4, 6, 4), peers: { 2: 'x' } });
    await log.close();

    const again = await open(directory);
    assert.deepEqual(again.recovered.hardState, hardState(4, 1, 2));
    assert.deepEqual(again.recovered.entries, [...range(1, 3), ...range(4, 6, 4)]);
    assert.deepEqual(again.recovered.peers, { 2: 'x' });
    assert.equal(again.identity.incarnation, log.identity.incarnation);
    await again.close();
  });

  it('replaces everything by a checkpoint and removes the older files', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(1), entries: range(1, 50) });
    for (const index of [20, 40]) {
      const entries = range(index - 4, 50);
      await log.checkpoint({
        hardState: hardState(1, 1, 45),
        snapshot: snapshotAt(index),
        entries,
        peers: {},
      });
    }
    await log.write({ hardState: null, entries: range(51, 52) });
    await log.close();

    const again = await open(directory);
    assert.deepEqual(again.recovered.snapshot, snapshotAt(40));
    assert.deepEqual(again.recovered.entries, range(36, 52));
    assert.deepEqual(again.recovered.hardState, hardState(1, 1, 45));
    const names = (await readdir(directory)).map((name) => name.split('-')[0]).sort();
    assert.deepEqual(names, ['lock', 'snapshot', 'wal', 'watermark']);
    await again.close();
  });

  it('cuts off a torn tail wherever the crash came', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(1), entries: range(1, 3) });
    const file = await segment(directory);
    const durable = await contentEnd(file);
    await log.write({ hardState: hardState(2), entries: range(4, 6) });
    await log.close();
    const whole = (await readFile(file)).subarray(0, await contentEnd(file));
    for (let cut = durable; cut < whole.length; cut += 5) {
      // As if the second write had never been known to be durable.
      await rm(path.join(directory, 'watermark'));
      await writeFile(file, whole.subarray(0, cut));
      const again = await open(directory);
      const { entries } = again.recovered;
      assert.ok(entries.length >= 3 && entries.length < 6);
      assert.deepEqual(entries, range(1, entries.length));
      await again.write({ hardState: null, entries: [entry(entries.length + 1, 9)] });
      await again.close();
      const third = await open(directory);
      assert.equal(third.recovered.entries.at(-1)?.term, 9);
      await third.close();
    }
  });

  it('refuses a flipped bit in what was durable, and names file and offset', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(1), entries: range(1, 20) });
    await log.close();
    const file = await segment(directory);
    const end = await contentEnd(file);
    for (let offset = 0; offset < end; offset += 17) {
      await flip(file, offset);
      await assert.rejects(open(directory), (error: unknown) => {
        assert.ok(error instanceof FileLogError);
        assert.equal(error.file, file);
        if (offset >= 12) {
          assert.equal(error.code, 'RAFT_LOG_CORRUPT');
          assert.ok((error.offset ?? Number.NaN) <= offset);
        }
        return true;
      });
      await flip(file, offset);
    }
    await (await open(directory)).close();
  });

  it('refuses a durable log that was shortened, or that is gone', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(1), entries: range(1, 20) });
    await log.close();
    const file = await segment(directory);
    await truncate(file, (await contentEnd(file)) - 30);
    await assert.rejects(open(directory), isCode('RAFT_LOG_CORRUPT'));
    await rm(file);
    await assert.rejects(open(directory), isCode('RAFT_LOG_CORRUPT'));
  });

  it('refuses a damaged snapshot', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.checkpoint({
      hardState: hardState(1, 1, 9),
      snapshot: snapshotAt(9),
      entries: [],
      peers: {},
    });
    await log.close();
    const name = (await readdir(directory)).find((one) => one.startsWith('snapshot-'));
    await flip(path.join(directory, name!), 40);
    await assert.rejects(open(directory), isCode('RAFT_LOG_CORRUPT'));
  });

  it('refuses a newer format and says to run the newer version', async (t) => {
    const directory = await temporary(t);
    await (await open(directory)).close();
    const file = await segment(directory);
    const bytes = await readFile(file);
    bytes.writeUInt32BE(WAL_FORMAT_VERSION + 1, 8);
    await writeFile(file, bytes);
    await assert.rejects(open(directory), /newer version/);
    await assert.rejects(open(directory), isCode('RAFT_LOG_NEWER_FORMAT'));
  });

  it('refuses the data of another cluster or node', async (t) => {
    const directory = await temporary(t);
    await (await open(directory)).close();
    await assert.rejects(open(directory, { clusterId: randomUUID() }), isCode('RAFT_LOG_FOREIGN'));
    await assert.rejects(open(directory, { nodeId: 2 }), isCode('RAFT_LOG_FOREIGN'));
    await (await open(directory)).close();
  });

  for (const where of ['beforeWrite', 'beforeSync'] as const) {
    it(`is poisoned by the first failure ${where}, and keeps what was durable`, async (t) => {
      const directory = await temporary(t);
      let broken = false;
      const fail = (): void => {
        if (broken) throw new Error('EIO');
      };
      const log = await open(directory, { faults: { [where]: fail } });
      await log.write({ hardState: hardState(1), entries: range(1, 2) });
      broken = true;
      await assert.rejects(
        log.write({ hardState: null, entries: range(3, 3) }),
        isCode('RAFT_LOG_FAILED'),
      );
      broken = false;
      await assert.rejects(
        log.write({ hardState: null, entries: range(3, 3) }),
        isCode('RAFT_LOG_FAILED'),
      );
      await assert.rejects(
        log.checkpoint({ hardState: hardState(1), snapshot: null, entries: [], peers: {} }),
        isCode('RAFT_LOG_FAILED'),
      );
      await log.close();
      const again = await open(directory);
      assert.deepEqual(again.recovered.entries.slice(0, 2), range(1, 2));
      await again.close();
    });
  }

  it('ignores what an unfinished checkpoint left behind', async (t) => {
    const directory = await temporary(t);
    const log = await open(directory);
    await log.write({ hardState: hardState(1), entries: range(1, 2) });
    await log.close();
    await writeFile(path.join(directory, 'wal-000000000002.log.tmp'), 'half');
    const again = await open(directory);
    assert.deepEqual(again.recovered.entries, range(1, 2));
    await again.close();
    await assert.rejects(stat(path.join(directory, 'wal-000000000002.log.tmp')));
  });
});
