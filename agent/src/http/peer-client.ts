/** Talks to the other members' APIs over kept connections: in a failover no time goes into a handshake. */
import { Agent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type MemberHealth,
  type MemberReport,
  type PromiseAnswer,
  type PromiseRequest,
  parseMarkAnswer,
  parseMemberReport,
  parsePromiseAnswer,
  parseSwitchoverAnswer,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import type { EventLog } from '../proxy/event-log.ts';
import { type PeerEndpoint, sendToPeer } from './peer-request.ts';
import { followRoute, type RouteFollowOptions } from './peer-route.ts';
import { prepareParsers } from './prepare-parsers.ts';
import { tlsForPeer } from './tls-client.ts';
import { type TlsFilePaths, TlsFiles } from './tls-files.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for connection, request and answer together. */
  readonly timeoutMs?: number;
}

/**
 * Methods reject with PeerUnreachableError (no answer), PeerRefusedError (an error was the answer), ProtocolError (the
 * answer is not what the protocol says) or the signal's reason.
 */
export interface PeerClient {
  promise(
    peer: PeerEndpoint,
    request: PromiseRequest,
    options?: CallOptions,
  ): Promise<PromiseAnswer>;
  health(peer: PeerEndpoint, health: MemberHealth, options?: CallOptions): Promise<void>;
  switchover(
    peer: PeerEndpoint,
    request: SwitchoverRequest,
    options?: CallOptions,
  ): Promise<SwitchoverAnswer>;
  /** Has the primary of the epoch write a transaction; its GTID as text (I8). */
  mark(peer: PeerEndpoint, epoch: number, options?: CallOptions): Promise<string>;
  restart(peer: PeerEndpoint, options?: CallOptions): Promise<void>;
  status(peer: PeerEndpoint, options?: CallOptions): Promise<MemberReport>;
  /** Follows the peer's route, reconnecting, until the signal aborts; resolves then. */
  route(peer: PeerEndpoint, options: RouteFollowOptions): Promise<void>;
  /** Keeps a connection to the peer open and proven, until the returned function is called. Calling it again for the same peer is free. */
  warm(peer: PeerEndpoint): () => void;
  /** Whether the last look at a warm connection was answered. */
  isWarm(peer: PeerEndpoint): boolean;
  /** Drops every connection. Requests under way fail. */
  close(): void;
}

export interface PeerClientOptions {
  readonly tls: TlsFilePaths;
  readonly log: EventLog;
  /** Milliseconds between looks at the TLS files. */
  readonly tlsPollMs?: number;
  /** Milliseconds between looks at a warm connection. */
  readonly warmMs?: number;
}

/** Milliseconds, where the caller does not say. */
export const CALL_TIMEOUT_MS = Object.freeze({ small: 2_000, promise: 5_000, planned: 60_000 });

/** @throws what `TlsFiles` throws: the files are read at once. */
export function createPeerClient(options: PeerClientOptions): PeerClient {
  prepareParsers(parsePromiseAnswer);
  return new PooledPeerClient(options);
}

class PooledPeerClient implements PeerClient {
  readonly #files: TlsFiles;
  readonly #log: EventLog;
  readonly #warmMs: number;
  readonly #agents = new Map<string, Agent>();
  readonly #warm = new Map<string, { holders: number; answered: boolean; end: AbortController }>();

  constructor(options: PeerClientOptions) {
    this.#files = new TlsFiles(options.tls, { log: options.log, pollMs: options.tlsPollMs });
    this.#log = options.log;
    this.#warmMs = options.warmMs ?? 1_000;
    // Requests under way end on the old certificate; the next one connects with the new.
    this.#files.onChange(() => {
      for (const agent of this.#agents.values()) closeFreeSockets(agent);
      this.#agents.clear();
    });
  }

  async promise(peer: PeerEndpoint, request: PromiseRequest, options?: CallOptions) {
    // A promise given twice is the same promise.
    const fields = { path: '/v1/promise', body: request, idempotent: true } as const;
    return parsePromiseAnswer(await this.#post(peer, fields, CALL_TIMEOUT_MS.promise, options));
  }

  async health(peer: PeerEndpoint, health: MemberHealth, options?: CallOptions): Promise<void> {
    const fields = { path: '/v1/health', body: health, idempotent: true } as const;
    await this.#post(peer, fields, CALL_TIMEOUT_MS.small, options);
  }

  async switchover(peer: PeerEndpoint, request: SwitchoverRequest, options?: CallOptions) {
    const fields = { path: '/v1/switchover', body: request, idempotent: false } as const;
    // The member's own deadline comes first, so that its reason is heard.
    const timeoutMs = request.timeoutMs + CALL_TIMEOUT_MS.small;
    return parseSwitchoverAnswer(await this.#post(peer, fields, timeoutMs, options));
  }

  async mark(peer: PeerEndpoint, epoch: number, options?: CallOptions): Promise<string> {
    const fields = { path: '/v1/mark', body: { epoch }, idempotent: true } as const;
    return parseMarkAnswer(await this.#post(peer, fields, CALL_TIMEOUT_MS.promise, options)).gtid;
  }

  async restart(peer: PeerEndpoint, options?: CallOptions): Promise<void> {
    const fields = { path: '/v1/restart', idempotent: false } as const;
    await this.#post(peer, fields, CALL_TIMEOUT_MS.planned, options);
  }

  async status(peer: PeerEndpoint, options?: CallOptions): Promise<MemberReport> {
    return parseMemberReport(await this.#get(peer, '/v1/status', CALL_TIMEOUT_MS.small, options));
  }

  route(peer: PeerEndpoint, options: RouteFollowOptions): Promise<void> {
    return followRoute(peer, () => tlsForPeer(this.#files.current(), peer.name), options);
  }

  warm(peer: PeerEndpoint): () => void {
    const key = keyOf(peer);
    let entry = this.#warm.get(key);
    if (entry === undefined) {
      entry = { holders: 0, answered: false, end: new AbortController() };
      this.#warm.set(key, entry);
      void this.#keepWarm(peer, entry);
    }
    const held = entry;
    held.holders += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      held.holders -= 1;
      if (held.holders > 0) return;
      held.end.abort();
      if (this.#warm.get(key) === held) this.#warm.delete(key);
    };
  }

  isWarm(peer: PeerEndpoint): boolean {
    return this.#warm.get(keyOf(peer))?.answered ?? false;
  }

  close(): void {
    this.#files.close();
    for (const { end } of this.#warm.values()) end.abort();
    this.#warm.clear();
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  /** Asks now and then: a connection that died in silence is found here and replaced, not by a promise request. */
  async #keepWarm(peer: PeerEndpoint, entry: { answered: boolean; end: AbortController }) {
    const { signal } = entry.end;
    while (!signal.aborted) {
      let answered = true;
      try {
        await this.#get(peer, '/v1/ping', this.#warmMs, { signal });
      } catch (error) {
        answered = false;
        if (entry.answered) this.#log.debug({ peer: peer.name, error }, 'peer is silent');
      }
      entry.answered = answered && !signal.aborted;
      // Its only rejection is the abort.
      await pause(this.#warmMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  #get(peer: PeerEndpoint, path: string, timeoutMs: number, options: CallOptions = {}) {
    const agent = this.#agent(peer);
    return sendToPeer({
      ...{ agent, peer, path, method: 'GET', idempotent: true },
      ...{ signal: options.signal, timeoutMs: options.timeoutMs ?? timeoutMs },
    });
  }

  #post(
    peer: PeerEndpoint,
    fields: { readonly path: string; readonly body?: object; readonly idempotent: boolean },
    timeoutMs: number,
    options: CallOptions = {},
  ): Promise<unknown> {
    const agent = this.#agent(peer);
    return sendToPeer({
      ...{ agent, peer, method: 'POST', ...fields },
      ...{ signal: options.signal, timeoutMs: options.timeoutMs ?? timeoutMs },
    });
  }

  #agent(peer: PeerEndpoint): Agent {
    const key = keyOf(peer);
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      agent = new Agent({
        ...tlsForPeer(this.#files.current(), peer.name),
        // TCP_NODELAY is the agent's default.
        keepAlive: true,
        maxFreeSockets: 2,
        // A resumed session would skip the check of a certificate that has been replaced since.
        maxCachedSessions: 0,
      });
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

function keyOf({ name, host, apiPort }: PeerEndpoint): string {
  return `${name} ${host} ${apiPort}`;
}

function closeFreeSockets(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}
