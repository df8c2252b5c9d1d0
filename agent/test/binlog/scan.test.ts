import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  BinlogCorruptError,
  BinlogEncryptedError,
  type BinlogTransaction,
  scanBinlog,
  scanRelayLogs,
} from '../../src/binlog/index.ts';
import { LogBuilder, OTHER_UUID, UUID } from './log-builder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'radondb-binlog-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function write(...files: readonly Buffer[]): Promise<void> {
  const names = files.map((_, i) => `log.${String(i + 1).padStart(6, '0')}`);
  for (const [i, bytes] of files.entries())
    await writeFile(path.join(folder, names[i] ?? ''), bytes);
  await writeFile(path.join(folder, 'log.index'), names.map((name) => `./${name}\n`).join(''));
}

async function scan() {
  const transactions: BinlogTransaction[] = [];
  const result = await scanBinlog(folder, 'log.index', (transaction) =>
    transactions.push(transaction),
  );
  return { ...result, transactions };
}

const begun = () => new LogBuilder().format().previous([]);

describe('scanning a binlog', () => {
  it('finds nothing where there is none', async () => {
    const { content, lastFile } = await scan();
    assert.equal(content.toString(), '');
    assert.equal(lastFile, null);
  });

  it('gives what came before the last file and what is in it, with tags', async () => {
    const first = new LogBuilder()
      .format({ closed: true })
      .previous([{ uuid: OTHER_UUID, intervals: [[1, 9]] }]);
    const last = new LogBuilder()
      .format()
      .previous([
        { uuid: OTHER_UUID, intervals: [[1, 9]] },
        {
          uuid: UUID,
          intervals: [
            [1, 3],
            [5, 5],
          ],
        },
        { uuid: UUID, tag: 'radondb', intervals: [[1, 2]] },
      ])
      .transaction(6)
      .taggedGtid(3, 'radondb')
      .query('BEGIN')
      .xid();
    await write(first.bytes, last.bytes);
    const { content, purged, lastFile } = await scan();
    assert.equal(content.toString(), `${UUID}:1-3:5-6:radondb:1-3,${OTHER_UUID}:1-9`);
    assert.equal(purged.toString(), `${OTHER_UUID}:1-9`);
    assert.equal(lastFile?.inUse, true);
    assert.equal(lastFile?.ended, false);
    assert.equal(lastFile?.tornOffset, null);
    assert.equal(lastFile?.incompleteOffset, null);
  });

  it('tells where each transaction begins and ends, and by what', async () => {
    const log = begun();
    const offsets: number[] = [];
    const at = () => offsets.push(log.size);
    at();
    log.transaction(1);
    at();
    log.gtid(2).query('CREATE TABLE t (id INT)', { ddlXid: true });
    at();
    log.gtid(3).query('CREATE TABLE m (id INT) ENGINE=MyISAM');
    at();
    log.gtid(4).event(40, Buffer.alloc(500));
    at();
    log
      .gtid(5)
      .query("XA START X'01',X'',1")
      .event(30, Buffer.alloc(9))
      .query("XA END X'01',X'',1")
      .event(38, Buffer.alloc(20));
    at();
    log.gtid(6).query('BEGIN').query('INSERT INTO m VALUES (1)').query('COMMIT');
    at();
    await write(log.bytes);
    const { transactions } = await scan();
    assert.deepEqual(
      transactions.map(({ gtid, offset, end, kind }) => [gtid?.number, offset, end, kind]),
      (['xid', 'ddl', 'other', 'payload', 'xa-prepare', 'other'] as const).map((kind, i) => [
        i + 1,
        offsets[i],
        offsets[i + 1],
        kind,
      ]),
    );
  });

  it('counts a transaction only when its last byte is there, wherever the file is cut', async () => {
    const log = begun().transaction(1);
    const start = log.size;
    log.transaction(2);
    const whole = log.bytes;
    for (let size = start; size < whole.length; size += 1) {
      await write(whole.subarray(0, size));
      const { content, lastFile } = await scan();
      assert.equal(content.toString(), `${UUID}:1`, `cut at ${size}`);
      assert.ok(lastFile !== null);
      const isAtBorder = lastFile.tornOffset === null && lastFile.incompleteOffset === null;
      assert.equal(isAtBorder, size === start, `cut at ${size}`);
      if (lastFile.tornOffset !== null)
        assert.ok(lastFile.tornOffset >= start && lastFile.tornOffset < size);
      if (lastFile.incompleteOffset !== null) assert.equal(lastFile.incompleteOffset, start);
    }
    await write(whole);
    assert.equal((await scan()).content.toString(), `${UUID}:1-2`);
  });

  it('goes back one file when mysqld died while it created the last', async () => {
    const before = begun().transaction(1).bytes;
    const fresh = new LogBuilder().format();
    for (const torn of [
      Buffer.alloc(0),
      fresh.bytes.subarray(0, 3),
      fresh.bytes.subarray(0, 60),
      fresh.bytes,
    ]) {
      await write(before, torn);
      assert.equal((await scan()).content.toString(), `${UUID}:1`);
    }
  });

  it('takes zeros at the end, which a power loss leaves, for a torn end', async () => {
    await write(Buffer.concat([begun().transaction(1).bytes, Buffer.alloc(9_000)]));
    const { content, lastFile } = await scan();
    assert.equal(content.toString(), `${UUID}:1`);
    assert.notEqual(lastFile?.tornOffset, null);
  });

  it('names file and offset of a damage before the end', async () => {
    const log = begun();
    const offset = log.size;
    const bytes = log.transaction(1).transaction(2).bytes;
    bytes.writeUInt8(bytes.readUInt8(offset + 25) ^ 1, offset + 25);
    await write(bytes);
    await assert.rejects(scan(), (error: unknown) => {
      assert.ok(error instanceof BinlogCorruptError);
      assert.equal(error.offset, offset);
      assert.equal(error.file, path.join(folder, 'log.000001'));
      return true;
    });
  });

  it('does not take a file for a binlog, nor an encrypted one for a damaged one', async () => {
    await write(Buffer.from('hello, this is text'));
    await assert.rejects(scan(), BinlogCorruptError);
    await write(Buffer.from([0xfd, 0x62, 0x69, 0x6e, 1, 2, 3]));
    await assert.rejects(scan(), BinlogEncryptedError);
  });

  it('tells when the last file is missing, and does not mind a first one that was just purged', async () => {
    const log = begun().transaction(1).bytes;
    await write(
      log,
      new LogBuilder().format().previous([{ uuid: UUID, intervals: [[1, 1]] }]).bytes,
    );
    await rm(path.join(folder, 'log.000001'));
    const { purged } = await scan();
    assert.equal(purged.toString(), `${UUID}:1`);
    await rm(path.join(folder, 'log.000002'));
    await assert.rejects(scan(), BinlogCorruptError);
  });

  it('gives the same in any portions, over events larger than a portion', async () => {
    const log = begun()
      .transaction(1)
      .gtid(2)
      .query('BEGIN')
      .event(30, Buffer.alloc(5_000_000, 7))
      .xid()
      .transaction(3);
    await write(log.bytes);
    assert.equal((await scan()).content.toString(), `${UUID}:1-3`);
  });

  it('sees the end of a file that was ended, and anonymous transactions', async () => {
    const log = new LogBuilder().format({ closed: true }).previous([]).transaction(1);
    log.event(34, Buffer.alloc(42)).query('BEGIN').xid().event(3, Buffer.alloc(0));
    await write(log.bytes);
    const { lastFile, transactions } = await scan();
    assert.equal(lastFile?.inUse, false);
    assert.equal(lastFile?.ended, true);
    assert.equal(lastFile?.anonymous, 1);
    assert.equal(transactions[1]?.gtid, null);
  });
});

describe('scanning relay logs', () => {
  const relay = async () => (await scanRelayLogs(folder, 'log.index')).content.toString();

  it('takes complete transactions of all files together, torn ends included', async () => {
    const first = begun().transaction(1).transaction(2);
    await write(
      first.bytes.subarray(0, first.bytes.length - 5),
      begun().transaction(2).transaction(3).bytes,
    );
    assert.equal(await relay(), `${UUID}:1-3`);
  });

  it('does not count a transaction that broke off and was never sent again', async () => {
    const broken = begun()
      .gtid(1)
      .query('BEGIN')
      .event(4, Buffer.alloc(20))
      .format()
      .transaction(2);
    await write(broken.bytes);
    assert.equal(await relay(), `${UUID}:2`);
  });

  it('counts a transaction that goes on in the next file', async () => {
    await write(
      begun().gtid(1).query('BEGIN').event(4, Buffer.alloc(20)).bytes,
      begun().event(30, Buffer.alloc(9)).xid().bytes,
    );
    assert.equal(await relay(), `${UUID}:1`);
  });
});
