import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Entry, ObjectStore } from '../../src/runtime/reflector/object-store.ts';

interface Thing {
  readonly owner: string;
}

function entry(key: string, uid: string, resourceVersion: string, owner = 'x'): Entry<Thing> {
  return { key, uid, resourceVersion, object: { owner } };
}

function aStore(): ObjectStore<Thing> {
  return new ObjectStore<Thing>({ owner: (thing) => [thing.owner] });
}

describe('the object store', () => {
  it('tells a re-created object from an updated one', () => {
    const store = aStore();
    store.put(entry('a', 'uid1', '1', 'old'));
    assert.deepEqual(
      store.put(entry('a', 'uid1', '2', 'new')).map((event) => event.type),
      ['updated'],
    );
    assert.deepEqual(
      store.put(entry('a', 'uid2', '3', 'newer')).map((event) => [event.type, event.object.owner]),
      [
        ['deleted', 'new'],
        ['added', 'newer'],
      ],
    );
  });

  it('is silent about what it knows already', () => {
    const store = aStore();
    store.put(entry('a', 'uid1', '1'));
    assert.deepEqual(store.put(entry('a', 'uid1', '1')), []);
    assert.deepEqual(store.replaceAll([entry('a', 'uid1', '1')]), []);
  });

  it('does not let the deletion of a former object take its successor away', () => {
    const store = aStore();
    store.put(entry('a', 'uid2', '5'));
    assert.deepEqual(store.remove(entry('a', 'uid1', '6')), []);
    assert.equal(store.size, 1);
  });

  it('finds out from a whole list what came, went and changed', () => {
    const store = aStore();
    store.replaceAll([entry('a', 'u1', '1'), entry('b', 'u2', '2'), entry('c', 'u3', '3')]);
    const events = store.replaceAll([
      entry('b', 'u2', '9'),
      entry('c', 'u4', '8'),
      entry('d', 'u5', '7'),
    ]);
    assert.deepEqual(
      events.map((event) => `${event.type} ${event.key}`),
      ['deleted a', 'updated b', 'deleted c', 'added c', 'added d'],
    );
  });

  it('finds objects by index, and forgets values that nobody has', () => {
    const store = aStore();
    store.put(entry('a', 'u1', '1', 'x'));
    store.put(entry('b', 'u2', '2', 'x'));
    store.put(entry('a', 'u1', '3', 'y'));
    assert.deepEqual(store.byIndex('owner', 'x'), [{ owner: 'x' }]);
    assert.equal(store.byIndex('owner', 'y').length, 1);
    store.replaceAll([]);
    assert.deepEqual(store.byIndex('owner', 'x'), []);
    assert.throws(() => store.byIndex('none', 'x'), /there is no index none/);
  });
});
