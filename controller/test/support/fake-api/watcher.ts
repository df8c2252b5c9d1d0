/** One watch of a fake API server: turns changes into lines. */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../../src/runtime/kube-object.ts';
import type { ApiRequest } from './request.ts';
import { matches } from './selector.ts';
import { type Change, collectionOf, type FakeApiState } from './state.ts';

export interface WatcherOptions {
  readonly state: FakeApiState;
  readonly request: ApiRequest;
  readonly response: ServerResponse;
  /** Says nothing, whatever happens. */
  readonly isMute: boolean;
  readonly cutAfter: { readonly events: number; readonly midLine: boolean } | null;
  readonly onEnd: (watcher: Watcher) => void;
}

export class Watcher {
  readonly #options: WatcherOptions;
  readonly #collection: string;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isMute: boolean;
  #sent = 0;
  #isEnded = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    const { state, request, response } = options;
    this.#collection = collectionOf(request);
    this.#isMute = options.isMute;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    response.on('close', () => this.#end());
    this.#unsubscribe = state.onChange((change) => this.#tell(change));
    const from = Number(request.query.get('resourceVersion') ?? '0');
    if (from < state.compactedBelow) this.#expired(from);
    else for (const change of state.historyAfter(from)) this.#tell(change);
    const seconds = Number(request.query.get('timeoutSeconds') ?? '0');
    if (seconds > 0 && !this.#isEnded)
      this.#timer = setTimeout(() => response.end(), seconds * 1000);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** From now on nothing is told, but the connection lives. */
  mute(): void {
    this.#isMute = true;
  }

  bookmark(): void {
    const { state, request } = this.#options;
    if (request.query.get('allowWatchBookmarks') !== 'true') return;
    const resourceVersion = String(state.resourceVersion);
    this.#write('BOOKMARK', {
      kind: 'Bookmark',
      apiVersion: request.apiVersion,
      metadata: { resourceVersion },
    });
  }

  cut(): void {
    this.#options.response.socket?.destroy();
    this.#end();
  }

  #expired(from: number): void {
    this.#write('ERROR', {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message: `too old resource version: ${from}`,
      reason: 'Expired',
      code: 410,
    });
    this.#options.response.end();
  }

  #tell(change: Change): void {
    if (change.collection !== this.#collection || this.#isEnded) return;
    const { request } = this.#options;
    const isOurs = (object: KubeObject | null): boolean =>
      object !== null && matches(object, request.namespace, request.query);
    const was = isOurs(change.before);
    const is = !change.isDeleted && isOurs(change.after);
    if (was && !is) this.#write('DELETED', change.after);
    else if (is) this.#write(was ? 'MODIFIED' : 'ADDED', change.after);
  }

  #write(type: string, object: unknown): void {
    if (this.#isMute || this.#isEnded) return;
    const { response, cutAfter } = this.#options;
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#sent += 1;
    if (cutAfter === null || this.#sent < cutAfter.events) {
      response.write(line);
      return;
    }
    // The connection is torn, not closed: what was written may or may not arrive.
    const { midLine } = cutAfter;
    this.#end();
    response.write(midLine ? line.slice(0, line.length >> 1) : line, () =>
      response.socket?.destroy(),
    );
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#options.onEnd(this);
  }
}
