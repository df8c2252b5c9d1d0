import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTable } from '../../src/proxy/route-table.ts';
import { aRoute } from './fakes.ts';

test('an older epoch is ignored and a newer one is told to every listener', () => {
  const table = new RouteTable();
  const heard: number[] = [];
  table.subscribe((route) => heard.push(route.epoch));
  assert.equal(table.set(aRoute({ epoch: 3 })), true);
  assert.equal(table.set(aRoute({ epoch: 2 })), false);
  assert.equal(table.set(aRoute({ epoch: 4 })), true);
  assert.deepEqual(heard, [3, 4]);
  assert.equal(table.current().epoch, 4);
});

test('within an epoch the last word counts', () => {
  const table = new RouteTable(aRoute({ open: true }));
  assert.equal(table.set(aRoute({ open: false })), true);
  assert.equal(table.set(aRoute({ open: true })), true);
  assert.equal(table.current().open, true);
});

test('the same route again is no change', () => {
  const table = new RouteTable();
  const primary = { member: 'demo-0', host: '127.0.0.1', port: 3306 };
  assert.equal(table.set(aRoute({ primary })), true);
  assert.equal(table.set(aRoute({ primary: { ...primary } })), false);
});

test('a listener that has unsubscribed hears nothing', () => {
  const table = new RouteTable();
  let heard = 0;
  const listener = (): void => {
    heard += 1;
  };
  const [end] = [table.subscribe(listener), table.subscribe(listener)];
  end?.();
  table.set(aRoute({ epoch: 5 }));
  assert.equal(heard, 1);
});
