import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Journal } from '../../src/api-server/journal/journal.ts';
import type { KubeObject } from '../../src/api-server/object.ts';
import { Store, WriteConflict } from '../../src/api-server/store/store.ts';
import { DataRefusedError } from '../../src/errors.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function object(name: string, data: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

async function open(folder: string): Promise<Store> {
  const { journal, content } = await Journal.open(folder);
  return new Store(journal, content, { historyLimit: 4 });
}

function names(store: Store): string[] {
  return (store.list('') ?? []).map(([key, one]) => `${key}=${String(one['data'])}`);
}

const FIRST = 'journal-000000000000.jsonl';

describe('objects on disk', () => {
  it('are there again with their versions', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await open(folder);
    const one = await store.write('a', object('a', '1'), undefined);
    await store.write('b', object('b', '1'), undefined);
    await store.write('a', object('a', '2'), one ?? undefined);
    await store.write('b', null, store.latest('b'));
    const { revision } = store;
    await store.close();
    const again = await open(folder);
    assert.deepEqual(names(again), ['a=2']);
    assert.equal(again.get('a')?.metadata.resourceVersion, '4');
    assert.equal(again.revision, revision);
    await again.close();
  });

  it('survive a snapshot, also when the last write was a deletion', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await open(folder);
    await store.write('a', object('a', '1'), undefined);
    await store.write('b', object('b', '1'), undefined);
    await store.write('b', null, store.latest('b'));
    const { revision } = store;
    await store.compact();
    await store.close();
    const again = await open(folder);
    assert.deepEqual(names(again), ['a=1']);
    assert.equal(again.revision, revision);
    await again.write('c', object('c', '1'), undefined);
    await again.close();
    const last = await open(folder);
    assert.deepEqual(names(last), ['a=1', 'c=1']);
    await last.close();
  });

  it('go on after a write that was cut off', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await open(folder);
    await store.write('a', object('a', '1'), undefined);
    await store.close();
    await appendFile(join(folder, FIRST), '0badc0de {"revision":3,"key":"b","obj');
    const again = await open(folder);
    assert.deepEqual(names(again), ['a=1']);
    await again.write('c', object('c', '1'), undefined);
    await again.close();
    const last = await open(folder);
    assert.deepEqual(names(last), ['a=1', 'c=1']);
    await last.close();
  });

  it('are refused when a byte is wrong, by file and offset', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await open(folder);
    await store.write('a', object('a', '1'), undefined);
    await store.write('b', object('b', '1'), undefined);
    await store.close();
    const path = join(folder, FIRST);
    const text = await readFile(path, 'utf8');
    const offset = text.indexOf('\n') + 1;
    await writeFile(path, text.replace('"key":"b"', '"key":"B"'));
    await assert.rejects(open(folder), (error) => {
      assert.ok(error instanceof DataRefusedError);
      assert.match(error.message, new RegExp(`${FIRST} is damaged at byte ${offset}\\.`));
      return true;
    });
  });
});

describe('a store', () => {
  it('refuses a write that is based on an older state', async (t) => {
    const store = await open(await temporaryFolder(t));
    const one = await store.write('a', object('a', '1'), undefined);
    const both = await Promise.allSettled([
      store.write('a', object('a', '2'), one ?? undefined),
      store.write('a', object('a', '3'), one ?? undefined),
    ]);
    assert.deepEqual(
      both.map((it) => it.status),
      ['fulfilled', 'rejected'],
    );
    assert.ok(both[1]?.status === 'rejected' && both[1].reason instanceof WriteConflict);
    await store.close();
  });

  it('shows a list as it was, until that is forgotten', async (t) => {
    const store = await open(await temporaryFolder(t));
    await store.write('a', object('a', '1'), undefined);
    await store.write('b', object('b', '1'), undefined);
    const before = store.revision;
    await store.write('a', object('a', '2'), store.latest('a'));
    await store.write('b', null, store.latest('b'));
    await store.write('c', object('c', '1'), undefined);
    const then = store.list('', before)?.map(([key, one]) => `${key}=${String(one['data'])}`);
    assert.deepEqual(then, ['a=1', 'b=1']);
    for (let index = 0; index < 20; index += 1)
      await store.write(`n${index}`, object('n', ''), undefined);
    assert.equal(store.list('', before), null);
    assert.equal(store.eventsSince(before), null);
    await store.close();
  });

  it('tells changes in order, and a deletion with the last state', async (t) => {
    const store = await open(await temporaryFolder(t));
    const heard: string[] = [];
    store.subscribe(({ type, key, object: one, revision }) => {
      assert.equal(one.metadata.resourceVersion, String(revision));
      heard.push(`${type} ${key} ${String(one['data'])}`);
    });
    await store.write('a', object('a', '1'), undefined);
    await store.write('a', object('a', '2'), store.latest('a'));
    await store.write('a', null, store.latest('a'));
    assert.deepEqual(heard, ['ADDED a 1', 'MODIFIED a 2', 'DELETED a 2']);
    await store.close();
  });
});
