import assert from 'node:assert/strict';
import test from 'node:test';
import type { Route } from '@radondb/api';
import { RouteMerger } from '../../src/cluster/route-feed.ts';

const target = (member: string) => ({ member, host: '127.0.0.1', port: 1 });
const open = (epoch: number, member: string): Route => ({
  epoch,
  open: true,
  primary: target(member),
  replicas: [],
});
const closed = (epoch: number): Route => ({ epoch, open: false, primary: null, replicas: [] });

function merged(tell: (merger: RouteMerger) => void): Route | undefined {
  const published: Route[] = [];
  tell(new RouteMerger((route) => published.push(route)));
  return published.at(-1);
}

test('the highest epoch wins, whoever tells it last', () => {
  const route = merged((merger) => {
    merger.told('a', open(2, 'a'));
    merger.told('b', open(1, 'b'));
  });
  assert.equal(route?.primary?.member, 'a');
});

test('a member that has not heard yet does not close an open primary', () => {
  const route = merged((merger) => {
    merger.told('a', open(2, 'a'));
    merger.told('b', closed(2));
  });
  assert.equal(route?.open, true);
});

test('the primary itself closes at once, whatever others still believe', () => {
  const route = merged((merger) => {
    merger.told('b', open(2, 'a'));
    merger.told('a', open(2, 'a'));
    merger.told('a', closed(2));
  });
  assert.equal(route?.open, false);
});

test('a dead member no longer counts; when all are silent the last route stays', () => {
  const published: Route[] = [];
  const merger = new RouteMerger((route) => published.push(route));
  merger.told('a', open(2, 'a'));
  merger.told('b', open(1, 'b'));
  merger.lost('a');
  assert.equal(published.at(-1)?.epoch, 1);
  const count = published.length;
  merger.lost('b');
  assert.equal(published.length, count);
});
