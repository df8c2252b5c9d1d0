import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { boxLayout, defaultDataFolder } from '../../src/data-folder/layout.ts';
import { folderError, isDataFolder, openDataFolder } from '../../src/data-folder/open.ts';
import { requireSpace } from '../../src/data-folder/space.ts';
import { DataRefusedError, MachineError } from '../../src/errors.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('an empty or missing folder becomes a data folder, and stays one', async (t) => {
  const root = join(temporaryFolder(t), 'a/b');
  const layout = await openDataFolder(root);
  const before = readFileSync(layout.boxFile, 'utf8');
  assert.equal(JSON.parse(before).format, 2);
  await openDataFolder(root);
  assert.equal(readFileSync(layout.boxFile, 'utf8'), before);
  assert.equal(await isDataFolder(root), true);
});

test('a folder with files of something else is refused and left alone', async (t) => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, 'thesis.txt'), 'x');
  await assert.rejects(openDataFolder(root), (error: Error) => {
    assert(error instanceof DataRefusedError);
    assert.match(error.message, /thesis\.txt.*--data/);
    return true;
  });
  assert.equal(existsSync(boxLayout(root).boxFile), false);
});

test('a folder of a newer version is refused', async (t) => {
  const root = temporaryFolder(t);
  writeFileSync(boxLayout(root).boxFile, '{"product":"radondb-box","format":3}');
  await assert.rejects(openDataFolder(root), /newer version \(format 3, this one knows 2\)/);
});

test('a path that is a file, a read-only disk and a full one are said in words', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(openDataFolder(file), (error: Error) => {
    assert(error instanceof MachineError);
    assert.match(error.message, /it is not a folder.*--data or RADONDB_DATA/);
    return true;
  });
  await assert.rejects(openDataFolder(join(file, 'below')), MachineError);
  const readOnly = folderError('/x', Object.assign(new Error('no'), { code: 'EROFS' }));
  assert.match(String(readOnly), /read-only file system/);
  const full = folderError('/x', Object.assign(new Error('no'), { code: 'ENOSPC' }));
  assert.match(String(full), /no space left/);
});

test('too little space says how much is needed and how much there is', async () => {
  await assert.rejects(requireSpace('/tmp', 1_000_000), (error: Error) => {
    assert(error instanceof MachineError);
    assert.match(error.message, /need 1000000\.0 GiB, [\d.]+ GiB are free/);
    return true;
  });
  await requireSpace('/tmp', 0);
});

test('the default folder follows XDG_DATA_HOME', () => {
  assert.equal(defaultDataFolder({ XDG_DATA_HOME: '/x' }), '/x/radondb-mysql');
  assert.equal(defaultDataFolder({ HOME: '/h' }), '/h/.local/share/radondb-mysql');
});
