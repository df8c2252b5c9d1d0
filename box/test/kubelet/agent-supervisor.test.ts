import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type AgentState, AgentSupervisor } from '../../src/kubelet/agent-supervisor.ts';
import { createBackoff } from '../../src/kubelet/backoff.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';

function supervise(t: TestContext, script: string, retryFailedMs = 60_000) {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'agent'));
  const states: AgentState[] = [];
  const supervisor = new AgentSupervisor({
    member: 'demo-0',
    command: { file: process.execPath, args: ['-e', script] },
    env: process.env,
    directory: folder,
    logFile: join(folder, 'logs/agent.log'),
    fatalFile: join(folder, 'agent/fatal.json'),
    onChange: (state) => states.push(state),
    retryFailedMs,
  });
  t.after(() => supervisor.kill());
  return { supervisor, states, folder };
}

const FOREVER = 'setInterval(() => {}, 1000); process.on("SIGINT", () => process.exit(0));';

test('an agent that is killed is started again at once', async (t) => {
  const { supervisor } = supervise(t, FOREVER);
  supervisor.start();
  const first = await waitFor('a pid', () => pidOf(supervisor));
  process.kill(first, 'SIGKILL');
  const second = await waitFor('another pid', () => {
    const pid = pidOf(supervisor);
    return pid !== first && pid;
  });
  assert.notEqual(second, first);
  await supervisor.stop(5_000);
  assert.deepEqual(supervisor.state, { phase: 'stopped' });
});

test('an agent that says why it gives up is not started again and again', async (t) => {
  const script = `require('fs').writeFileSync('agent/fatal.json', JSON.stringify({message: 'raft/log.000001 is damaged at offset 4711'})); process.exit(78)`;
  const { supervisor, states } = supervise(t, script);
  supervisor.start();
  const state = await waitFor(
    'failed',
    () => supervisor.state.phase === 'failed' && supervisor.state,
  );
  assert.equal(state.why, 'raft/log.000001 is damaged at offset 4711');
  assert.equal(states.filter((it) => it.phase === 'running').length, 1);
  await supervisor.stop(1_000);
});

test('the last lines of its log say why an agent ended', async (t) => {
  const { supervisor } = supervise(
    t,
    'console.log(JSON.stringify({level: 50, time: 1, msg: "no luck", port: 7})); process.exit(3)',
  );
  supervisor.start();
  const why = await waitFor(
    'waiting',
    () => supervisor.state.phase === 'waiting' && supervisor.state.why,
  );
  assert.equal(why, 'the agent ended with code 3: error no luck port=7');
  await supervisor.stop(1_000);
});

test('an agent that does not want to end is killed when its time is up', async (t) => {
  const { supervisor, folder } = supervise(
    t,
    'process.on("SIGINT", () => {}); setInterval(() => {}, 1000); require("fs").writeFileSync("up", "")',
  );
  supervisor.start();
  await waitFor('up', () => existsSync(join(folder, 'up')));
  assert.equal(await supervisor.stop(200), 'killed');
});

test('a log that has grown long moves aside at the next start', async (t) => {
  const { supervisor, folder } = supervise(t, FOREVER);
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'logs/agent.log'), Buffer.alloc(17 * 1024 * 1024, 'x'));
  supervisor.start();
  await waitFor('a pid', () => pidOf(supervisor));
  assert.equal(readFileSync(join(folder, 'logs/agent.log.1')).length, 17 * 1024 * 1024);
  await supervisor.stop(5_000);
});

test('restarts are immediate, then further and further apart, and so again after a good life', () => {
  const backoff = createBackoff();
  const waits = Array.from({ length: 9 }, () => backoff.next(10));
  assert.deepEqual(waits, [0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  assert.equal(backoff.next(10_000), 0);
  assert.equal(backoff.next(10), 100);
});

function pidOf(supervisor: AgentSupervisor): number | null {
  return supervisor.state.phase === 'running' ? supervisor.state.pid : null;
}
