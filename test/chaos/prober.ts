import type { History } from '../checker/history.ts';
import { ClientLink } from './client-link.ts';
import type { ChaosDatabase, ServerIdentity, SessionDeadlines } from './ports.ts';
import { nowMs, pause } from './wait.ts';

const RETRY_MS = 5;

/**
 * Measures when writes are possible: one connection, single-row inserts one after the other, again
 * after 5 ms when one fails. Its inserts are part of the history.
 */
export class Prober {
  readonly #history: History;
  readonly #process: number;
  readonly #link: ClientLink;
  /** When each answered insert was answered, ascending. */
  readonly okAtMs: number[] = [];
  /** The server that answered last. */
  server: ServerIdentity | null = null;
  #next = 0;

  constructor(options: {
    readonly history: History;
    readonly database: ChaosDatabase;
    readonly process: number;
    readonly deadlines: SessionDeadlines;
  }) {
    this.#history = options.history;
    this.#process = options.process;
    this.#link = new ClientLink(options.database, options.deadlines, RETRY_MS);
  }

  async run(keys: (process: number, index: number) => number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const session = await this.#link.ready(signal);
      if (session === null) break;
      const key = keys(this.#process, this.#next++);
      const begun = this.#history.begin(this.#process, { kind: 'insert', key });
      const answer = await session.insert({ key, process: this.#process });
      const server = session.server.uuid;
      if (answer.outcome === 'ok') {
        this.#history.end(begun, { outcome: 'ok', server, gtid: answer.gtid });
        this.okAtMs.push(nowMs());
        this.server = session.server;
        continue;
      }
      this.#history.end(begun, { outcome: answer.outcome, error: answer.error, server });
      if (answer.broken) this.#link.drop();
      await pause(RETRY_MS, signal);
    }
    this.#link.drop();
  }

  /** How many inserts were answered after that time. */
  okSince(sinceMs: number): number {
    let count = 0;
    for (let index = this.okAtMs.length - 1; index >= 0; index -= 1) {
      if (this.okAtMs[index]! <= sinceMs) break;
      count += 1;
    }
    return count;
  }

  /** How long ago the last answer was. */
  silenceMs(): number {
    return nowMs() - (this.okAtMs.at(-1) ?? 0);
  }
}
