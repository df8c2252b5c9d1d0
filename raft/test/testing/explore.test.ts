import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from '@radondb/raft/testing';

const SHORT = [
  { maxTerm: 2, proposals: 1 },
  { maxTerm: 3, proposals: 0 },
];
/** With `EXPLORE=long`: a minute and more. */
const LONG = [
  { maxTerm: 2, proposals: 2 },
  { maxTerm: 2, proposals: 1, restarts: 1 },
  { maxTerm: 3, proposals: 1 },
  { maxTerm: 3, proposals: 2 },
];

describe('every interleaving of three nodes', () => {
  for (const bounds of process.env['EXPLORE'] === 'long' ? LONG : SHORT) {
    it(`holds every invariant, with ${JSON.stringify(bounds)}`, (t) => {
      const { worlds, complete, violation, path } = explore(bounds);
      assert.equal(violation, null, JSON.stringify(path));
      assert.equal(complete, true);
      // A walk that stands still proves nothing.
      assert.ok(worlds > 1000);
      t.diagnostic(`${worlds} worlds`);
    });
  }

  it('holds for two nodes that restart', (t) => {
    const { worlds, complete, violation } = explore({ nodes: 2, maxTerm: 3, restarts: 1 });
    assert.equal(violation, null);
    assert.equal(complete, true);
    t.diagnostic(`${worlds} worlds`);
  });

  it('finds a voter that does not look at the log, and says how it comes to that', () => {
    const { violation, path } = explore({ maxTerm: 3, bug: 'vote-ignores-log' });
    assert.ok(violation !== null);
    const stood = path.filter(({ kind }) => kind === 'campaign');
    assert.equal(stood.length >= 2, true);
  });

  it('gives up at the number of worlds it was given', () => {
    const { worlds, complete } = explore({ maxTerm: 4, proposals: 2, maxWorlds: 50 });
    assert.equal(complete, false);
    assert.equal(worlds, 50);
  });
});
