import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { BinlogCorruptError, BinlogTail, scanBinlog } from '../../src/binlog/index.ts';
import { LogBuilder, OTHER_UUID, UUID } from './log-builder.ts';

let folder: string;
let tail: BinlogTail;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'radondb-tail-'));
  tail = new BinlogTail(folder, 'log.index');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const at = (name: string) => path.join(folder, name);
const index = async (...names: string[]) =>
  await writeFile(at('log.index'), names.map((name) => `./${name}\n`).join(''));
const begun = () => new LogBuilder().format().previous([]);
const read = async () => {
  const { content, whole } = await tail.read();
  return [content.toString(), whole] as const;
};

describe('the end of a binlog that is written', () => {
  it('is empty and whole where there is no binlog', async () => {
    assert.deepEqual(await read(), ['', true]);
  });

  it('is read on from where the last question ended', async () => {
    const log = begun().transaction(1);
    await index('log.1');
    await writeFile(at('log.1'), log.bytes);
    assert.deepEqual(await read(), [`${UUID}:1`, true]);
    const known = log.size;
    log.transaction(2);
    await appendFile(at('log.1'), log.bytes.subarray(known));
    assert.deepEqual(await read(), [`${UUID}:1-2`, true]);
    // What was read once is not read again: nobody would notice this damage.
    const damaged = Buffer.from(log.bytes);
    damaged.fill(0xff, known - 8, known);
    await writeFile(at('log.1'), damaged);
    assert.deepEqual(await read(), [`${UUID}:1-2`, true]);
    await assert.rejects(new BinlogTail(folder, 'log.index').read(), BinlogCorruptError);
  });

  it('is not whole while an event or a transaction is half written, and whole again afterwards', async () => {
    const log = begun().transaction(1);
    const whole = log.size;
    log.transaction(2);
    await index('log.1');
    for (let end = whole + 1; end < log.size; end += 1) {
      await writeFile(at('log.1'), log.bytes.subarray(0, end));
      assert.deepEqual(await read(), [`${UUID}:1`, false], `${end} of ${log.size} bytes`);
    }
    await writeFile(at('log.1'), log.bytes);
    assert.deepEqual(await read(), [`${UUID}:1-2`, true]);
  });

  it('goes on in the next file, and begins anew in another file of the same name', async () => {
    await index('log.1');
    await writeFile(at('log.1'), begun().transaction(1).bytes);
    await read();
    const before = [{ uuid: UUID, intervals: [[1, 1] as [number, number]] }];
    await writeFile(at('log.2'), new LogBuilder().format().previous(before).transaction(2).bytes);
    await index('log.1', 'log.2');
    assert.deepEqual(await read(), [`${UUID}:1-2`, true]);
    const other = [{ uuid: OTHER_UUID, intervals: [[1, 5] as [number, number]] }];
    const bytes = new LogBuilder().format().previous(other).transaction(1).transaction(2).bytes;
    await writeFile(at('new'), bytes);
    await rename(at('new'), at('log.2'));
    assert.deepEqual(await read(), [`${UUID}:1-2,${OTHER_UUID}:1-5`, true]);
  });

  it('is not whole while a new file has no Previous_gtids yet', async () => {
    await index('log.1');
    await writeFile(at('log.1'), new LogBuilder().format().bytes);
    assert.deepEqual(await read(), ['', false]);
  });

  it('says the same as a scan of the whole, however it was cut', async () => {
    const log = begun();
    for (let i = 1; i <= 30; i += 1) log.transaction(i);
    await index('log.1');
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: log.size }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (ends) => {
        const own = new BinlogTail(folder, 'log.index');
        for (const end of [...ends.toSorted((a, b) => a - b), log.size]) {
          await writeFile(at('log.1'), log.bytes.subarray(0, end));
          const { content, whole } = await own.read();
          const { content: expected, lastFile } = await scanBinlog(folder, 'log.index');
          assert.equal(content.toString(), expected.toString());
          const isWhole =
            lastFile !== null && lastFile.tornOffset === null && lastFile.incompleteOffset === null;
          assert.equal(whole, isWhole);
        }
      }),
      { numRuns: 40 },
    );
  });
});
