import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { DialGate } from '../../src/proxy/dial-gate.ts';
import { aDeadTarget, aServer, until } from './fakes.ts';

/** A server that greets when it is told to. */
async function aShyServer(t: TestContext) {
  const ungreeted = new Set<Socket>();
  const seen = { most: 0 };
  const server = await aServer('demo-0', {
    greet: false,
    onSocket(socket) {
      socket.resume();
      ungreeted.add(socket);
      seen.most = Math.max(seen.most, ungreeted.size);
    },
  });
  t.after(() => server.close());
  const greetOne = (): void => {
    const [socket] = ungreeted;
    if (socket === undefined) return;
    ungreeted.delete(socket);
    socket.write('hello');
  };
  return { target: server.target, ungreeted, seen, greetOne, server };
}

/** Begins this many dials; their sockets end with the test. */
function dialMany(t: TestContext, gate: DialGate, count: number, target: { port: number }) {
  const got: Socket[] = [];
  const failures: string[] = [];
  t.after(() => {
    for (const socket of got) socket.destroy();
  });
  const options = { key: 'one', host: '127.0.0.1', port: target.port, timeoutMs: 10_000 };
  const abandons = Array.from({ length: count }, () =>
    gate.dial(options, {
      connected(socket) {
        socket.on('error', () => {});
        socket.resume();
        got.push(socket);
      },
      failed: (code) => failures.push(code),
    }),
  );
  return { got, failures, abandons };
}

test('no more connections than the limit wait for the greeting of a server, and all get there', async (t) => {
  const shy = await aShyServer(t);
  const gate = new DialGate({ limit: 8, greetingMs: 3_600_000 });
  const { got } = dialMany(t, gate, 40, shy.target);
  for (let greeted = 0; greeted < 40; greeted++) {
    const due = Math.min(8, 40 - greeted);
    await until(`${due} have come`, () => shy.ungreeted.size >= due);
    // A connection too many would come in these turns.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    shy.greetOne();
  }
  await until('all are connected', () => got.length === 40);
  assert.equal(shy.seen.most, 8);
});

test('a server that does not speak first does not keep the others out', async (t) => {
  const shy = await aShyServer(t);
  const gate = new DialGate({ limit: 2, greetingMs: 1 });
  const { got } = dialMany(t, gate, 10, shy.target);
  await until('all are connected', () => got.length === 10);
});

test('an attempt that is abandoned gives its place to the next, and its callbacks are not called', async (t) => {
  const shy = await aShyServer(t);
  const gate = new DialGate({ limit: 1, greetingMs: 3_600_000 });
  const { got, failures, abandons } = dialMany(t, gate, 3, shy.target);
  abandons[1]?.();
  abandons[0]?.();
  await until('the third is connected', () => got.length === 1);
  assert.deepEqual(failures, []);
});

test('a refusal is told with its code and gives the place back', async (t) => {
  const gate = new DialGate({ limit: 1, greetingMs: 3_600_000 });
  const { failures } = dialMany(t, gate, 3, await aDeadTarget('demo-0'));
  await until('all were told', () => failures.length === 3);
  assert.deepEqual(new Set(failures), new Set(['ECONNREFUSED']));
});
