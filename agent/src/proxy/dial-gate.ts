/**
 * Bounds how many new connections a server has not greeted yet. When a primary opens, everybody who waited connects in
 * the same millisecond; beyond the server's listen queue (back_log, 80 with 151 connections) the kernel drops the SYN
 * and the client sits a whole second until it is sent again, which would be most of a failover.
 */
import { connect, type Socket } from 'node:net';

export interface DialOptions {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Milliseconds for the TCP connection. */
  readonly timeoutMs: number;
}

export interface DialResult {
  connected(socket: Socket): void;
  failed(code: string): void;
}

export interface DialGateOptions {
  /** Connections to one server that it has not greeted. */
  readonly limit: number;
  /** Milliseconds after which a connected server that says nothing no longer holds its place (it may not speak first). */
  readonly greetingMs: number;
}

export const DIAL_GATE_DEFAULTS: DialGateOptions = Object.freeze({ limit: 64, greetingMs: 250 });

const KEEP_ALIVE_MS = 15_000;

export class DialGate {
  readonly #options: DialGateOptions;
  readonly #busy = new Map<string, number>();
  readonly #queues = new Map<string, Set<() => void>>();

  constructor(options: DialGateOptions = DIAL_GATE_DEFAULTS) {
    this.#options = options;
  }

  /** Connects as soon as there is a place. The returned function gives up; then neither callback is called. */
  dial(options: DialOptions, result: DialResult): () => void {
    const { key } = options;
    const { greetingMs } = this.#options;
    let abandon = (): void => {};
    const begin = (): void => {
      this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
      abandon = open({ ...options, greetingMs }, result, () => this.#release(key));
    };
    if ((this.#busy.get(key) ?? 0) < this.#options.limit) {
      begin();
    } else {
      const queue = this.#queues.get(key) ?? new Set();
      this.#queues.set(key, queue);
      queue.add(begin);
      abandon = () => {
        queue.delete(begin);
      };
    }
    return () => abandon();
  }

  #release(key: string): void {
    const busy = (this.#busy.get(key) ?? 1) - 1;
    if (busy === 0) this.#busy.delete(key);
    else this.#busy.set(key, busy);
    const queue = this.#queues.get(key);
    if (queue === undefined) return;
    for (const begin of queue) {
      queue.delete(begin);
      begin();
      break;
    }
    if (queue.size === 0) this.#queues.delete(key);
  }
}

/** One connection attempt. `release` is called once: when the server spoke, went away, or kept silent for too long. */
function open(
  options: DialOptions & { readonly greetingMs: number },
  result: DialResult,
  release: () => void,
): () => void {
  const socket = connect({
    host: options.host,
    port: options.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    allowHalfOpen: true,
  });
  let held = true;
  const free = (): void => {
    if (!held) return;
    held = false;
    clearTimeout(timer);
    release();
  };
  const fail = (code: string): void => {
    socket.removeListener('connect', connected);
    socket.destroy();
    result.failed(code);
    free();
  };
  const failed = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message);
  const connected = (): void => {
    clearTimeout(timer);
    timer = setTimeout(free, options.greetingMs).unref();
    socket.removeListener('error', failed);
    socket.once('data', free);
    socket.once('close', free);
    // 'data' made it flow; the bytes wait until somebody takes them.
    socket.pause();
    result.connected(socket);
  };
  let timer = setTimeout(() => fail('ETIMEDOUT'), options.timeoutMs);
  socket.once('error', failed);
  socket.once('connect', connected);
  return () => {
    socket.removeListener('error', failed);
    socket.removeListener('connect', connected);
    socket.on('error', () => {});
    socket.destroy();
    free();
  };
}
