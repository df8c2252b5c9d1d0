import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HealthTable } from '../../src/health-table.ts';
import { aHealth } from '../core/builders.ts';

function aTable(): { table: HealthTable; pass(ms: number): void } {
  let now = 1_000;
  const table = new HealthTable({ monotonicMs: () => now, unixMs: () => now });
  return {
    table,
    pass: (ms) => {
      now += ms;
    },
  };
}

suite('the table of health reports', () => {
  test('a report that overtook a newer one is ignored', () => {
    const { table, pass } = aTable();
    table.hear(aHealth({ sequence: 5, why: 'new' }));
    pass(100);
    table.hear(aHealth({ sequence: 4, why: 'old' }));
    assert.equal(table.of('A')?.health.why, 'new');
  });

  test('an agent whose clock was set back before its start is heard all the same', () => {
    const { table, pass } = aTable();
    table.hear(aHealth({ sequence: 5_000, serving: 1 }));
    pass(1_000);
    table.hear(aHealth({ sequence: 10, mysqld: 'exited' }));
    assert.equal(table.of('A')?.health.mysqld, 'exited');
  });

  test('how long a member has not served counts from its last report that it does, also when no report comes at all', () => {
    const { table, pass } = aTable();
    table.hear(aHealth({ serving: 1 }));
    pass(300);
    assert.equal(table.notServingMs('A', 1), 300);
    table.hear(aHealth({ sequence: 2, serving: null }));
    pass(300);
    assert.equal(table.notServingMs('A', 1), 600);
    assert.equal(
      table.notServingMs('A', 2),
      600,
      'of an epoch never served: since this agent started',
    );
  });

  test('a connection is broken since it was first seen so, and whole at once', () => {
    const { table, pass } = aTable();
    assert.equal(table.disconnectedMs('A', false), 0);
    pass(70);
    assert.equal(table.disconnectedMs('A', false), 70);
    assert.equal(table.disconnectedMs('A', true), null);
    assert.equal(table.disconnectedMs('A', false), 0);
  });

  test('whoever subscribed hears of every report, until it no longer wants to', () => {
    const { table } = aTable();
    let heard = 0;
    const stop = table.subscribe(() => {
      heard += 1;
    });
    table.hear(aHealth());
    stop();
    table.hear(aHealth({ sequence: 2 }));
    assert.equal(heard, 1);
  });
});
