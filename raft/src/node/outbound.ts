/** One connection that this node dials and keeps: it carries what we send to one peer. */
import type { Buffer } from 'node:buffer';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import tls from 'node:tls';
import { encodeFrame, FRAME, type Frame, FrameError, FrameParser } from './frames.ts';
import { type Channel, encodeJson, type Hello, parseWelcome, type Welcome } from './handshake.ts';
import { clientTlsOptions, type TlsIdentity } from './tls-identity.ts';

export interface OutboundOptions {
  readonly peer: number;
  readonly address: string;
  readonly channel: Channel;
  readonly tls: TlsIdentity | undefined;
  readonly maxFrameBytes: number;
  readonly maxQueueBytes: number;
  readonly hello: () => Hello;
  /** False refuses the peer: another cluster's, or a wiped disk. */
  readonly accept: (welcome: Welcome) => boolean;
  readonly onUp: () => void;
  /** Only after `onUp`. */
  readonly onDown: () => void;
  readonly onActivity: () => void;
  readonly onRefused: () => void;
}

const BACKOFF_FIRST_MS = 20;
const BACKOFF_CAP_MS = 250;
const CONNECT_TIMEOUT_MS = 1000;
const PING_INTERVAL_MS = 1000;
const SILENCE_LIMIT_MS = 3500;

export class Outbound {
  readonly #options: OutboundOptions;
  #socket: net.Socket | null = null;
  #up = false;
  #closed = false;
  #attempts = 0;
  #retry: NodeJS.Timeout | null = null;
  #ping: NodeJS.Timeout | null = null;
  #pingSentAt = 0;
  #heardAt = 0;
  #corked = false;
  rttMs: number | undefined;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#dial();
  }

  get up(): boolean {
    return this.#up;
  }

  get address(): string {
    return this.#options.address;
  }

  /** The peer gave a sign of life: do not wait for the backoff. */
  nudge(): void {
    this.#attempts = 0;
    if (this.#retry === null) return;
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#dial();
  }

  #dial(): void {
    if (this.#closed) return;
    const { address, tls: identity } = this.#options;
    const at = address.lastIndexOf(':');
    const host = address.slice(0, at).replace(/^\[|\]$/g, '');
    const port = Number(address.slice(at + 1));
    const socket =
      identity === undefined
        ? net.connect({ host, port, noDelay: true })
        : tls.connect({ host, port, ...clientTlsOptions(identity, this.#options.peer) });
    this.#socket = socket;
    socket.setNoDelay(true);
    const deadline = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS);
    socket.once(identity === undefined ? 'connect' : 'secureConnect', () => {
      socket.write(encodeFrame(FRAME.hello, encodeJson(this.#options.hello())));
    });
    const parser = new FrameParser(this.#options.maxFrameBytes);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of parser.push(chunk)) {
          if (this.#onFrame(frame)) clearTimeout(deadline);
        }
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        socket.destroy();
      }
    });
    // 'close' follows and does what is to be done.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#onClose();
    });
  }

  /** True when the handshake is over. */
  #onFrame(frame: Frame): boolean {
    this.#heardAt = performance.now();
    if (frame.kind === FRAME.pong && this.#up) {
      this.rttMs = this.#heardAt - this.#pingSentAt;
      this.#options.onActivity();
    } else if (frame.kind === FRAME.welcome && !this.#up) {
      const welcome = parseWelcome(frame.payload);
      if (welcome === null || !this.#options.accept(welcome)) {
        this.#refused();
        return false;
      }
      this.#up = true;
      this.#attempts = 0;
      this.#startPings();
      this.#options.onUp();
      return true;
    } else if (frame.kind === FRAME.refuse) {
      this.#refused();
    }
    return false;
  }

  #refused(): void {
    this.#attempts = 10;
    this.#options.onRefused();
    this.#socket?.destroy();
  }

  #startPings(): void {
    const ping = (): void => {
      if (performance.now() - this.#heardAt > SILENCE_LIMIT_MS) {
        this.#socket?.destroy();
        return;
      }
      this.#pingSentAt = performance.now();
      this.#socket?.write(encodeFrame(FRAME.ping, new Uint8Array(0)));
    };
    ping();
    this.#ping = setInterval(ping, PING_INTERVAL_MS);
  }

  #onClose(): void {
    if (this.#ping !== null) clearInterval(this.#ping);
    this.#ping = null;
    this.#socket = null;
    const wasUp = this.#up;
    this.#up = false;
    if (wasUp) this.#options.onDown();
    if (this.#closed) return;
    const full = Math.min(BACKOFF_CAP_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.#attempts, 10));
    this.#attempts += 1;
    // Jitter, so that the nodes do not dial a restarted one in step.
    this.#retry = setTimeout(
      () => {
        this.#retry = null;
        this.#dial();
      },
      full * (0.5 + Math.random() / 2),
    );
  }

  /** False when it was dropped: the connection is down, or its queue is full. */
  send(frame: Buffer): boolean {
    const socket = this.#socket;
    if (!this.#up || socket === null) return false;
    // A single frame may pass the limit when nothing else waits.
    if (
      socket.writableLength > 0 &&
      socket.writableLength + frame.length > this.#options.maxQueueBytes
    ) {
      return false;
    }
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(frame);
    return true;
  }

  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#socket?.destroy();
  }
}
