/**
 * A Kubernetes API server in memory, over real HTTP on the loopback, for tests: get, list with pages, watch with
 * bookmarks and history, create, replace, patches, a simplified server-side apply, status, delete with finalizers and
 * preconditions, conflicts. It goes wrong on command. It knows no schema, no admission and no garbage collection.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeConnection } from '../../src/runtime/kube/connection.ts';
import { type Fault, FaultPlan } from './fake-api/faults.ts';
import { type ApiRequest, readRequest, WRITES } from './fake-api/request.ts';
import { FakeApiState, Refusal } from './fake-api/state.ts';
import { Watcher } from './fake-api/watcher.ts';

export type { Fault } from './fake-api/faults.ts';
export type { ApiRequest, Verb } from './fake-api/request.ts';

export class FakeApiServer {
  readonly state = new FakeApiState();
  readonly faults = new FaultPlan();
  /** Every request that came, faults included. */
  readonly requests: ApiRequest[] = [];
  /** Called for every request before it is looked at. */
  onRequest: (request: ApiRequest) => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  #snapshots = new Map<string, { readonly items: readonly unknown[]; readonly version: string }>();
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => answerError(response, error));
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeApiServer> {
    const server = new FakeApiServer();
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** For createTransport. */
  connection(): KubeConnection {
    return {
      server: new URL(this.url),
      credentials: () => Promise.resolve({ headers: {}, tls: {} }),
      refresh() {},
    };
  }

  /** Writes so far, oldest first. */
  get writes(): readonly ApiRequest[] {
    return this.requests.filter((request) => WRITES.has(request.verb));
  }

  get watchCount(): number {
    return this.#watchers.size;
  }

  cutWatches(): void {
    for (const watcher of [...this.#watchers]) watcher.cut();
  }

  /** Those that are open now: their connections live, and nothing comes any more. */
  muteWatches(): void {
    for (const watcher of this.#watchers) watcher.mute();
  }

  bookmark(): void {
    for (const watcher of this.#watchers) watcher.bookmark();
  }

  /** Forgets history: watches from before get 410, and so do continue tokens. */
  compact(): void {
    this.state.compact();
    this.#snapshots = new Map();
  }

  /** Stops to listen and drops all connections. The objects stay. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Listens on the port it had. */
  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#server.removeListener('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async restart(): Promise<void> {
    await this.down();
    await this.up();
  }

  /** At the end of a test. */
  async close(): Promise<void> {
    await this.down();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(incoming);
    const contentType = incoming.headers['content-type'] ?? '';
    const request = readRequest(incoming.method ?? '', incoming.url ?? '', contentType);
    if (request === null) throw new Refusal(404, 'NotFound', 'no such path');
    this.requests.push(request);
    this.onRequest(request);
    const fault = this.faults.next(request);
    if (fault !== null && (await this.#isEndedBy(fault, request, text, response))) return;
    if (request.verb === 'watch') {
      this.#watch(request, response, fault);
      return;
    }
    answer(response, 200, this.carryOut(request, text), fault?.kind === 'cut-answer');
  }

  /** True when nothing more is to be answered. */
  async #isEndedBy(
    fault: Fault,
    request: ApiRequest,
    text: string,
    response: ServerResponse,
  ): Promise<boolean> {
    switch (fault.kind) {
      case 'status': {
        const { retryAfterSeconds: wait } = fault;
        if (wait !== undefined) response.setHeader('retry-after', String(wait));
        throw new Refusal(fault.code, fault.reason, `injected ${fault.code}`);
      }
      case 'reset':
      case 'hang':
        if (fault.when === 'after') this.carryOut(request, text);
        if (fault.kind === 'reset') response.socket?.destroy();
        return true;
      case 'delay':
        await fault.until;
        return false;
      case 'no-items':
        answer(response, 200, { kind: 'List', apiVersion: 'v1', metadata: {} });
        return true;
      case 'garbage':
        response.end('<html>');
        return true;
      case 'cut-answer':
      case 'mute-watch':
      case 'cut-watch':
        return false;
    }
  }

  /** One request as a transaction. @throws Refusal */
  carryOut(request: ApiRequest, text: string): unknown {
    const body: unknown = text === '' ? {} : JSON.parse(text);
    switch (request.verb) {
      case 'get':
        return this.state.get(request);
      case 'list':
        return this.#list(request);
      case 'create':
        return this.state.create(request, body);
      case 'replace':
        return this.state.replace(request, body);
      case 'apply':
        return this.state.apply(request, body);
      case 'merge-patch':
      case 'json-patch':
        return this.state.patch(request, body);
      case 'delete':
        return this.state.delete(request, body);
      case 'watch':
        throw new Refusal(500, 'InternalError', 'a watch is not carried out here');
    }
  }

  /** As the real one: items without apiVersion and kind, pages of one state. */
  #list(request: ApiRequest): unknown {
    const token = request.query.get('continue');
    const limit = Number(request.query.get('limit') ?? '0');
    const snapshot =
      token === null
        ? {
            items: this.state.list(request).map(({ apiVersion: _a, kind: _k, ...item }) => item),
            version: String(this.state.resourceVersion),
          }
        : this.#snapshots.get(token);
    if (snapshot === undefined)
      throw new Refusal(410, 'Expired', 'The provided continue parameter is too old');
    const { items, version } = snapshot;
    const isLast = limit === 0 || items.length <= limit;
    const metadata: Record<string, unknown> = { resourceVersion: version };
    if (!isLast) {
      const next = `page-${this.#snapshots.size + 1}`;
      this.#snapshots.set(next, { items: items.slice(limit), version });
      metadata['continue'] = next;
    }
    const page = isLast ? items : items.slice(0, limit);
    return { kind: 'List', apiVersion: request.apiVersion, metadata, items: page };
  }

  #watch(request: ApiRequest, response: ServerResponse, fault: Fault | null): void {
    const cutAfter =
      fault?.kind === 'cut-watch' ? { events: fault.afterEvents, midLine: fault.midLine } : null;
    const watcher = new Watcher({
      state: this.state,
      request,
      response,
      isMute: fault?.kind === 'mute-watch',
      cutAfter,
      onEnd: (ended) => void this.#watchers.delete(ended),
    });
    if (!watcher.isEnded) this.#watchers.add(watcher);
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response: ServerResponse, status: number, body: unknown, isCut = false): void {
  const payload = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': payload.length,
  });
  if (!isCut) {
    response.end(payload);
    return;
  }
  response.write(payload.subarray(0, payload.length >> 1), () => response.socket?.destroy());
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { code, reason } =
    error instanceof Refusal ? error : { code: 500, reason: 'InternalError' };
  const message = error instanceof Error ? error.message : String(error);
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
  answer(response, code, status);
}
