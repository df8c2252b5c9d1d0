import assert from 'node:assert/strict';
import { connect as connectTcp, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { aReview } from './builders.ts';
import { handshake, review, runWebhook, stopWebhook, type TestWebhook } from './running.ts';

const HEAD = 'POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

describe('clients that are slow', () => {
  let webhook: TestWebhook;
  const sockets: Socket[] = [];
  before(async () => {
    webhook = await runWebhook({
      limits: { handshakeMs: 300, headersMs: 300, requestMs: 600, checkMs: 50 },
    });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await stopWebhook(webhook);
  });

  /** Resolves with what was answered when the server has closed the connection. */
  const closed = (socket: Socket): Promise<string> => {
    sockets.push(socket);
    let text = '';
    return new Promise((resolve) => {
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
  };
  /** Sends a byte now and then, as slowloris does, for as long as it is let. */
  const drip = (socket: TLSSocket): void => {
    const timer = setInterval(() => socket.write('x'), 40);
    socket.once('close', () => clearInterval(timer));
  };

  it('that connect and say nothing are cut off', async () => {
    const socket = connectTcp(webhook.port, '127.0.0.1');
    assert.equal(await closed(socket), '');
  });

  it('that do not get on with their headers are cut off with a 408', async () => {
    const socket = await handshake(webhook);
    socket.write(`${HEAD}x-slow: `);
    drip(socket);
    assert.match(await closed(socket), /^HTTP\/1\.1 408 /);
  });

  it('that do not get on with their body are cut off with a 408', async () => {
    const socket = await handshake(webhook);
    socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
    drip(socket);
    assert.match(await closed(socket), /^HTTP\/1\.1 408 /);
  });

  it('do not hinder others: reviews are answered while a hundred of them hang', async () => {
    const slow = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const socket = await handshake(webhook);
        socket.write(index % 2 === 0 ? HEAD : `${HEAD}content-length: 999\r\n\r\n{`);
        return closed(socket);
      }),
    );
    for (let count = 0; count < 50; count += 1) {
      assert.equal((await review(webhook, aReview())).allowed, true);
    }
    for (const text of await Promise.all(slow)) assert.match(text, /^HTTP\/1\.1 408 /);
  });
});

describe('more connections than there is room for', () => {
  it('push out the one that has waited longest without a request, never one that is in use', async () => {
    const webhook = await runWebhook({ limits: { maximumConnections: 10 } });
    webhook.agent.maxSockets = 1;
    assert.equal((await review(webhook, aReview())).allowed, true);
    const idle: TLSSocket[] = [];
    const ends: Promise<number>[] = [];
    for (let count = 0; count < 20; count += 1) {
      const socket = await handshake(webhook);
      idle.push(socket);
      ends.push(
        new Promise((resolve) => {
          socket.on('error', () => undefined);
          socket.on('close', () => resolve(count));
          socket.resume();
        }),
      );
    }
    assert.deepEqual(await Promise.all(ends.slice(0, 11)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(idle.filter((socket) => !socket.destroyed).length, 9);
    // Still the connection of the first review: it was never cut.
    const before = Object.values(webhook.agent.freeSockets).flat().at(0);
    assert.equal((await review(webhook, aReview())).allowed, true);
    assert.equal(Object.values(webhook.agent.freeSockets).flat().at(0), before);
    for (const socket of idle) socket.destroy();
    await stopWebhook(webhook);
  });
});
