import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  leaseObject,
  nextLeaseStep,
  observe,
  parseLease,
} from '../../src/runtime/leader/lease-record.ts';
import { aStored } from '../support/builders.ts';

const NAME = { namespace: 'ns', name: 'lease' };

function aRecord(
  spec: Record<string, unknown>,
  resourceVersion = '1',
): ReturnType<typeof parseLease> {
  return parseLease(aStored('lease', { resourceVersion }, { spec }), 15_000);
}

describe('a lease', () => {
  it('is taken when nobody holds it, and when it has not changed for its whole duration', () => {
    const free = observe(null, aRecord({ holderIdentity: '' }), 0);
    assert.equal(nextLeaseStep(free, 'me', 0).kind, 'acquire');
    const held = { holderIdentity: 'you', leaseDurationSeconds: 15, renewTime: 't1' };
    const first = observe(null, aRecord(held), 1_000);
    assert.deepEqual(nextLeaseStep(first, 'me', 15_999), { kind: 'wait', holder: 'you' });
    assert.equal(nextLeaseStep(first, 'me', 16_000).kind, 'acquire');
  });

  it('counts from when it was seen to change, whatever the times in it say', () => {
    const held = { holderIdentity: 'you', leaseDurationSeconds: 15, renewTime: '1970-01-01' };
    const first = observe(null, aRecord(held), 0);
    assert.equal(observe(first, aRecord(held, '9'), 14_000).since, 0);
    const renewed = { ...held, renewTime: '2999-01-01' };
    const second = observe(first, aRecord(renewed), 14_000);
    assert.equal(nextLeaseStep(second, 'me', 20_000).kind, 'wait');
    assert.equal(nextLeaseStep(second, 'me', 29_000).kind, 'acquire');
  });

  it('of another duration than ours is respected, and a broken one counts as ours', () => {
    const long = observe(null, aRecord({ holderIdentity: 'you', leaseDurationSeconds: 60 }), 0);
    assert.equal(nextLeaseStep(long, 'me', 59_000).kind, 'wait');
    const broken = observe(null, aRecord({ holderIdentity: 'you', leaseDurationSeconds: -1 }), 0);
    assert.equal(nextLeaseStep(broken, 'me', 15_000).kind, 'acquire');
  });

  it('is written with microseconds, counts changes of the holder and keeps when it was acquired', () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    const first = leaseObject({
      name: NAME,
      identity: 'me',
      durationMs: 15_000,
      time,
      replaces: null,
    });
    assert.deepEqual(first['spec'], {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.678000Z',
      renewTime: '2026-01-02T03:04:05.678000Z',
      leaseTransitions: 0,
    });
    const record = aRecord(first['spec'] as Record<string, unknown>, '7');
    const later = new Date('2026-01-02T04:00:00Z');
    const next = (identity: string) =>
      leaseObject({ name: NAME, identity, durationMs: 15_000, time: later, replaces: record });
    const own = next('me')['spec'] as Record<string, unknown>;
    assert.equal(own['acquireTime'], '2026-01-02T03:04:05.678000Z');
    assert.equal(own['leaseTransitions'], 0);
    assert.equal((next('you')['spec'] as Record<string, unknown>)['leaseTransitions'], 1);
    assert.equal(next('you').metadata.resourceVersion, '7');
  });
});
