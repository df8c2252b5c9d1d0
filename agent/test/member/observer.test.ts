import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { Observer } from '../../src/member/observer.ts';
import { elect, revoke } from '../core/builders.ts';
import { aMember, eventually, type Harness, OPEN_UNDER_A } from './fakes/a-member.ts';

function observe(t: TestContext, harness: Harness): void {
  const end = new AbortController();
  const running = new Observer(harness.context, () => harness.member.wake()).run(end.signal);
  t.after(async () => {
    end.abort();
    await running;
  });
}

async function aPrimary(t: TestContext): Promise<Harness> {
  const harness = await aMember(t, { log: [...OPEN_UNDER_A, revoke(2)] });
  await harness.rests('closed');
  harness.raft.commit(elect(2, 'B', '1:1-9'));
  await harness.rests('primary');
  observe(t, harness);
  return harness;
}

suite('the observer', () => {
  test('a replica whose source has purged what it needs takes a clone', async (t) => {
    const harness = await aMember(t);
    await harness.rests('following');
    harness.server.receiverError =
      "Got fatal error 1236 from source: 'Cannot replicate because the source purged required binary logs.'";
    observe(t, harness);
    await eventually('clones', () => harness.server.said('clone') > 0);
  });

  test('a replica that has more than its source keeps its copy, and says so: the source may have lost it', async (t) => {
    const harness = await aMember(t);
    await harness.rests('following');
    harness.server.receiverError =
      "Got fatal error 1236 from source: 'Replica has more GTIDs than the source has'";
    observe(t, harness);
    await eventually('follows again', () => harness.server.said('follow') > 1);
    assert.equal(harness.server.said('clone'), 0);
    const finding = harness.context.memory.findings.get('ReplicationHealthy');
    assert.equal(finding?.reason, 'ReceiverStopped');
  });

  test('a stopped applier is reported and started again', async (t) => {
    const harness = await aMember(t);
    await harness.rests('following');
    Object.assign(harness.server, { applying: false, applierError: 'duplicate key' });
    observe(t, harness);
    await eventually('follows again', () => harness.server.said('follow') > 1);
    const finding = harness.context.memory.findings.get('ReplicationHealthy');
    assert.equal(finding?.reason, 'ApplierStopped');
  });

  test('a primary on which semi-sync is no longer in force is ended (I1, fact 7)', async (t) => {
    for (const harm of [{ sourceActive: false }, { unacknowledged: 1 }]) {
      const harness = await aPrimary(t);
      Object.assign(harness.server, harm);
      await eventually('killed', () => harness.server.state === 'down');
      assert.equal(harness.health().serving, null);
      const finding = harness.context.memory.findings.get('ReplicationHealthy');
      assert.equal(finding?.reason, 'UnacknowledgedCommits');
    }
  });

  test('a primary that does not answer is reported as hung, and as well again when it answers', async (t) => {
    const harness = await aPrimary(t);
    harness.server.make('ping', 'fails');
    await eventually('hung', () => harness.health().mysqld === 'hung');
    assert.equal(harness.health().serving, null);
    harness.server.make('ping', 'works');
    await eventually('well', () => harness.health().serving === 2);
  });
});
