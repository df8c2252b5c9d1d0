import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_LIMITS, EventBook } from '../../src/runtime/events/event-book.ts';
import { createEventRecorder } from '../../src/runtime/events/event-recorder.ts';
import type { EventToRecord, KubeWriter } from '../../src/runtime/ports.ts';
import { EVENTS } from '../../src/runtime/resources.ts';
import { aFakeApi, aStored, silent } from '../support/builders.ts';
import { eventually } from '../support/eventually.ts';

type Reason = 'Scaled' | 'Failed';

function anEvent(change: Partial<EventToRecord<Reason>> = {}): EventToRecord<Reason> {
  const regarding = aStored('demo', {}, { data: { password: 'secret' } });
  return { regarding, type: 'Normal', reason: 'Scaled', action: 'Scale', note: '3 → 5', ...change };
}

describe('the event book', () => {
  const book = (): EventBook => new EventBook(EVENT_LIMITS, (name) => `${name}.1`);

  it('tells an event once and counts its repetitions', () => {
    const events = book();
    assert.equal(events.book(anEvent(), 0).kind, 'tell');
    assert.equal(events.book(anEvent(), 1_000).kind, 'counted');
    assert.equal(events.book(anEvent({ note: 'another' }), 1_000).kind, 'tell');
    assert.deepEqual(events.takeRepeats(2_000), [], 'not yet');
    assert.deepEqual(
      events.takeRepeats(60_000).map((each) => each.count),
      [2],
    );
    assert.deepEqual(events.takeRepeats(200_000), [], 'nothing new');
    assert.equal(events.book(anEvent(), 700_000).kind, 'tell', 'long ago');
  });

  it('limits how much one object says, without silencing the others', () => {
    const events = book();
    const kinds = Array.from(
      { length: 30 },
      (_, n) => events.book(anEvent({ note: `${n}` }), 0).kind,
    );
    assert.equal(kinds.filter((kind) => kind === 'tell').length, EVENT_LIMITS.burst);
    assert.equal(events.book(anEvent({ regarding: aStored('other') }), 0).kind, 'tell');
    assert.equal(events.book(anEvent({ note: 'later' }), EVENT_LIMITS.refillMs).kind, 'tell');
  });

  it('remembers no more than its limit', () => {
    const events = new EventBook({ ...EVENT_LIMITS, remembered: 10 }, (name) => name);
    for (let n = 0; n < 1_000; n += 1) events.book(anEvent({ regarding: aStored(`o${n}`) }), n);
    assert.equal(events.book(anEvent({ regarding: aStored('o0') }), 1_001).kind, 'tell');
  });
});

describe('the event recorder', () => {
  const reasons = ['Scaled', 'Failed'] as const;
  const who = { reportingController: 'radondb.com/controller', reportingInstance: 'pod-0' };

  it('sends an event with all that the API demands and nothing of the object, then its count', async () => {
    await using api = await aFakeApi();
    const { client, signal } = api;
    const stop = new AbortController();
    const recorder = createEventRecorder<Reason>({ client, reasons, ...who, logger: silent });
    const running = recorder.run(AbortSignal.any([stop.signal, api.signal]));
    recorder.record(anEvent({ note: 'ö'.repeat(2_000) }));
    await eventually('the event is there', () => api.server.writes.length === 1);
    recorder.record(anEvent({ note: 'ö'.repeat(2_000) }));
    recorder.record(anEvent({ note: 'ö'.repeat(2_000) }));
    stop.abort();
    await running;
    const { items } = await client.list(EVENTS, {}, { signal });
    assert.equal(items.length, 1);
    const [event] = items;
    assert.ok(event !== undefined);
    assert.equal(event.metadata.namespace, 'default');
    assert.match(event.metadata.name, /^demo\.[0-9a-f]{16}$/);
    assert.deepEqual(event['regarding'], {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'demo',
      namespace: 'default',
      uid: 'uid-demo',
    });
    for (const field of ['reportingController', 'reportingInstance', 'action', 'reason', 'type'])
      assert.ok(event[field], field);
    assert.match(String(event['eventTime']), /\.\d{6}Z$/);
    assert.ok(Buffer.byteLength(String(event['note'])) <= 1_024);
    assert.match(String(event['note']), /^ö+…$/);
    assert.equal((event['series'] as { count: number }).count, 3);
    assert.doesNotMatch(JSON.stringify(event), /secret/);
  });

  it('never makes its caller wait or fail, and drops what is too much', () => {
    const dropped: string[] = [];
    const client = {
      create: () => Promise.reject(new Error('away')),
    } as unknown as KubeWriter;
    const recorder = createEventRecorder<Reason>({
      client,
      reasons,
      ...who,
      logger: silent,
      onDropped: (why) => void dropped.push(why),
    });
    for (let n = 0; n < 2_000; n += 1) recorder.record(anEvent({ regarding: aStored(`o${n}`) }));
    for (let n = 0; n < 100; n += 1) recorder.record(anEvent({ note: `${n}` }));
    assert.ok(dropped.includes('queue-full'));
    assert.ok(dropped.includes('too-many'));
  });

  it('goes on after an event could not be sent, and refuses a reason that is not declared', async () => {
    await using api = await aFakeApi();
    const fault = { kind: 'status', code: 500, reason: 'InternalError' } as const;
    api.server.faults.add((request) => request.verb === 'create', fault, 1);
    const stop = new AbortController();
    const { client } = api;
    const recorder = createEventRecorder<Reason>({ client, reasons, ...who, logger: silent });
    const running = recorder.run(AbortSignal.any([stop.signal, api.signal]));
    recorder.record(anEvent({ note: 'lost' }));
    recorder.record(anEvent({ note: 'told' }));
    recorder.record(anEvent({ reason: 'Surprise' as Reason }));
    const list = (): Promise<{ items: readonly unknown[] }> =>
      client.list(EVENTS, {}, { signal: api.signal });
    await eventually('the second one is there', async () => (await list()).items.length === 1);
    stop.abort();
    await running;
    assert.equal((await list()).items.length, 1);
  });
});
