/**
 * A client that has no server yet. It asks for one, connects, tries again when that fails, and asks anew whenever the
 * route changes, until it has one, its time is over or it goes away. A client that connects in the middle of a failover
 * so gets through at the moment the new primary opens, without an error.
 */
import type { Socket } from 'node:net';
import { type Backend, backendKey } from './backend.ts';
import type { DialGate } from './dial-gate.ts';

/** Milliseconds before a server that refused is asked again. */
const RETRY_MS = 20;
/** Milliseconds for one TCP connection to a primary (only a route change helps sooner) and to one replica of several. */
const CONNECT_MS = { primary: 5_000, replica: 1_000 } as const;

export interface SeekerOptions {
  readonly client: Socket;
  readonly gate: DialGate;
  /** Milliseconds from now until it is given up. */
  readonly deadlineMs: number;
  /** The server to try next, given those that failed since all were tried; null while there is none. */
  choose(tried: ReadonlySet<string>): Backend | null;
  /** Whether an attempt that is under way still makes sense. */
  wanted(backend: Backend): boolean;
  /** Exactly one of these three is called, once; the seeker has then let go of the client. */
  found(backend: Backend, socket: Socket): void;
  gaveUp(lastFailure: string | null): void;
  left(): void;
}

export class Seeker {
  readonly #options: SeekerOptions;
  readonly #tried = new Set<string>();
  readonly #deadline: NodeJS.Timeout;
  #attempt: { readonly backend: Backend; readonly abandon: () => void } | null = null;
  #retry: NodeJS.Timeout | null = null;
  #lastFailure: string | null = null;
  #done = false;

  constructor(options: SeekerOptions) {
    this.#options = options;
    const { client } = options;
    this.#deadline = setTimeout(() => {
      this.#finish();
      options.gaveUp(this.#lastFailure);
    }, options.deadlineMs);
    client.on('readable', this.#onReadable);
    client.once('end', this.#onGone);
    client.once('close', this.#onGone);
    client.on('error', noted);
  }

  /** Looks for a server; call it once. May call `found` only in a later turn. */
  start(): void {
    this.#seek();
  }

  routeChanged(): void {
    if (this.#done) return;
    if (this.#attempt !== null) {
      if (this.#options.wanted(this.#attempt.backend)) return;
      this.#attempt.abandon();
      this.#attempt = null;
    }
    this.#tried.clear();
    this.#seek();
  }

  /** Lets go of the client without a callback. */
  dispose(): void {
    this.#finish();
  }

  #seek(): void {
    this.#clearRetry();
    const backend = this.#options.choose(this.#tried);
    if (backend === null) return;
    const { gate, found } = this.#options;
    const key = backendKey(backend);
    const { host, port } = backend;
    const timeoutMs = CONNECT_MS[backend.role];
    // Both callbacks come in a later turn.
    const abandon = gate.dial(
      { key, host, port, timeoutMs },
      {
        connected: (socket) => {
          this.#attempt = null;
          this.#finish();
          found(backend, socket);
        },
        failed: (code) => {
          this.#attempt = null;
          this.#failed(key, `${backend.member}: ${code}`);
        },
      },
    );
    this.#attempt = { backend, abandon };
  }

  #failed(key: string, what: string): void {
    this.#lastFailure = what;
    this.#tried.add(key);
    const next = this.#options.choose(this.#tried);
    if (next !== null && !this.#tried.has(backendKey(next))) {
      this.#seek();
      return;
    }
    this.#tried.clear();
    this.#retry = setTimeout(() => this.#seek(), RETRY_MS);
  }

  // Reading goes on while it waits (up to the stream's buffer), or a client that left would keep its place.
  readonly #onReadable = (): void => {
    if (this.#options.client.readableLength === 0) this.#options.client.read(0);
  };

  // A client that ends before the greeting has nothing to say to any server.
  readonly #onGone = (): void => {
    this.#finish();
    this.#options.client.destroy();
    this.#options.left();
  };

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#deadline);
    this.#clearRetry();
    this.#attempt?.abandon();
    this.#attempt = null;
    const { client } = this.#options;
    client.removeListener('readable', this.#onReadable);
    client.removeListener('end', this.#onGone);
    client.removeListener('close', this.#onGone);
    // `noted` stays: the next owner adds its own, and there is no turn in which an error has no listener.
  }

  #clearRetry(): void {
    if (this.#retry === null) return;
    clearTimeout(this.#retry);
    this.#retry = null;
  }
}

/** The close that follows an error tells what is needed. */
function noted(): void {}
