import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { backoffDelayMs } from '../../src/runtime/backoff.ts';
import { leaseClock, sleep, systemClock } from '../../src/runtime/clock.ts';
import { aConfigMap, aFakeApi } from '../support/builders.ts';
import { create } from '../support/direct.ts';
import { eventually } from '../support/eventually.ts';
import { startMirror } from '../support/mirror.ts';

describe('the clocks', () => {
  it('go on while the wall clock is set back and forth', async () => {
    const before = [systemClock.now(), leaseClock.now()];
    try {
      for (const date of ['1999-01-01', '2049-01-01', '1970-01-02']) {
        mock.timers.enable({ apis: ['Date'], now: new Date(date) });
        for (const [index, clock] of [systemClock, leaseClock].entries()) {
          const passedMs = clock.now() - (before[index] ?? 0);
          assert.ok(passedMs >= 0 && passedMs < 600_000, `${date}: ${passedMs} ms have passed`);
        }
        mock.timers.reset();
      }
    } finally {
      mock.timers.reset();
    }
    await eventually('time passes', () => leaseClock.now() > (before[1] ?? 0));
  });

  it('keep a reflector going over such a step', async () => {
    await using api = await aFakeApi();
    const mirror = startMirror(api);
    await mirror.agrees();
    try {
      for (const [n, date] of ['1999-01-01', '2049-01-01'].entries()) {
        mock.timers.enable({ apis: ['Date'], now: new Date(date) });
        api.server.cutWatches();
        create(api.server, aConfigMap(`c${n}`));
        await mirror.agrees();
        assert.ok(mirror.reflector.staleMs < 600_000);
        mock.timers.reset();
      }
    } finally {
      mock.timers.reset();
    }
  });

  it('end a sleep at the signal, with its reason', async () => {
    const stop = new AbortController();
    const sleeping = sleep(systemClock, 1e12, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(sleeping, /enough/);
    await assert.rejects(sleep(systemClock, 0, stop.signal), /enough/);
  });
});

describe('the back-off', () => {
  it('doubles up to its limit, and spreads over the upper half', () => {
    const backoff = { baseMs: 100, maxMs: 1_000 };
    assert.deepEqual(
      [1, 2, 3, 4, 5, 1_000].map((failures) => backoffDelayMs(backoff, failures, 1)),
      [100, 200, 400, 800, 1_000, 1_000],
    );
    assert.equal(backoffDelayMs(backoff, 3, 0), 200);
  });
});
