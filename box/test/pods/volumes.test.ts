import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { project } from '../../src/pods/volumes.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'radondb-volume-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const files = (content: Readonly<Record<string, string>>) =>
  new Map(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]));
const read = async (name: string) => await readFile(join(folder, name), 'utf8');
const visible = async () => (await readdir(folder)).filter((it) => !it.startsWith('..')).toSorted();

describe('the volume of a ConfigMap or Secret', () => {
  it('has a file a key, and changes all of them in one step', async () => {
    assert.equal(await project(folder, files({ a: '1', b: '2' })), true);
    assert.deepEqual([await visible(), await read('a'), await read('b')], [['a', 'b'], '1', '2']);
    const before = await readlink(join(folder, '..data'));
    assert.equal(await project(folder, files({ a: 'one', c: '3' })), true);
    assert.deepEqual([await visible(), await read('a'), await read('c')], [['a', 'c'], 'one', '3']);
    assert.notEqual(await readlink(join(folder, '..data')), before);
    assert.equal((await readdir(folder)).includes(before), false, 'the old version is gone');
  });

  it('is not touched when nothing has changed', async () => {
    await project(folder, files({ a: '1' }));
    const before = await readlink(join(folder, '..data'));
    assert.equal(await project(folder, files({ a: '1' })), false);
    assert.equal(await readlink(join(folder, '..data')), before);
  });

  it('is mended after an update that ended half-way', async () => {
    await project(folder, files({ a: '1' }));
    await rm(join(folder, 'a'));
    await project(folder, files({ a: '2' }));
    assert.equal(await read('a'), '2');
  });
});
