import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { amnesiaAfterBoot, MemberFile, MemberFileError } from '../../src/adapters/member-file.ts';

const identity = { clusterId: 'c', member: 'B', bootId: 'boot-1' };

async function aFolder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'member-file-'));
  t.after(async () => await rm(directory, { recursive: true, force: true }));
  return directory;
}

suite('what a member must not forget', () => {
  test('is there again after a restart, with the same identity of the disk', async (t) => {
    const directory = await aFolder(t);
    const first = await MemberFile.open({ ...identity, directory });
    await first.update({ promise: 7, inService: 7, lastPrimaryEpoch: 7, hadData: true });
    const second = await MemberFile.open({ ...identity, directory });
    assert.deepEqual(second.record, first.record);
  });

  test('a promise never shrinks, also when two changes are under way at once (I3)', async (t) => {
    const file = await MemberFile.open({ ...identity, directory: await aFolder(t) });
    const higher = file.update({ promise: 3 });
    const lower = file.update({ promise: 2 });
    await higher;
    await assert.rejects(lower, MemberFileError);
    await file.update({ hadData: true });
    assert.deepEqual([file.record.promise, file.record.hadData], [3, true]);
  });

  test('changes that are under way at once are all kept', async (t) => {
    const directory = await aFolder(t);
    const file = await MemberFile.open({ ...identity, directory });
    await Promise.all([
      file.update({ promise: 2 }),
      file.update({ inService: 2 }),
      file.update({ hadData: true }),
    ]);
    const text = await readFile(join(directory, 'agent', 'member.json'), 'utf8');
    const { promise, inService, hadData } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([promise, inService, hadData], [2, 2, true]);
  });

  for (const [what, text] of [
    ['damaged', '{'],
    ['of a newer format', '{"formatVersion":2}'],
    ['of another member', '{"formatVersion":1,"clusterId":"c","member":"A"}'],
    ['of another cluster', '{"formatVersion":1,"clusterId":"x","member":"B"}'],
  ] as const) {
    test(`a file that is ${what} stops the agent`, async (t) => {
      const directory = await aFolder(t);
      await MemberFile.open({ ...identity, directory });
      await writeFile(join(directory, 'agent', 'member.json'), text);
      await assert.rejects(MemberFile.open({ ...identity, directory }), MemberFileError);
    });
  }
});

suite('amnesia after a boot (I8)', () => {
  const open = async (t: TestContext): Promise<MemberFile> => {
    const file = await MemberFile.open({ ...identity, directory: await aFolder(t) });
    await file.update({ promise: 4, hadData: true });
    return file;
  };

  test('another boot means that unsynced writes of every epoch up to the promise may be gone', async (t) => {
    const { record } = await open(t);
    assert.deepEqual(amnesiaAfterBoot(record, 'boot-2'), {
      bootId: 'boot-2',
      amnesiaSinceEpoch: 4,
    });
    assert.deepEqual(
      amnesiaAfterBoot({ ...record, amnesiaSinceEpoch: 9 }, 'boot-2').amnesiaSinceEpoch,
      9,
    );
  });

  test('the same boot, a clean stop before the boot, or a disk that never held data mean none', async (t) => {
    const { record } = await open(t);
    assert.deepEqual(amnesiaAfterBoot(record, 'boot-1'), {});
    assert.deepEqual(amnesiaAfterBoot({ ...record, stoppedAndSynced: true }, 'boot-2'), {
      bootId: 'boot-2',
    });
    assert.deepEqual(amnesiaAfterBoot({ ...record, hadData: false }, 'boot-2'), {
      bootId: 'boot-2',
    });
  });

  test('is durable before anything else happens, and is not forgotten by a second boot', async (t) => {
    const directory = await aFolder(t);
    const file = await MemberFile.open({ ...identity, directory });
    await file.update({ promise: 4, hadData: true });
    await MemberFile.open({ ...identity, directory, bootId: 'boot-2' });
    const again = await MemberFile.open({ ...identity, directory, bootId: 'boot-2' });
    assert.equal(again.record.amnesiaSinceEpoch, 4);
  });
});
