import type { History } from '../checker/history.ts';
import { ClientLink } from './client-link.ts';
import type { ChaosDatabase, ServerIdentity, SessionDeadlines } from './ports.ts';
import { nowMs, pause } from './wait.ts';

const RETRY_MS = 5;
/** Not more than 200 a second: as fine as the times to be measured need, and the machine is left alone. */
const EVERY_MS = 10;

/**
 * Measures when writes are possible: one connection, single-row inserts one after the other, at least
 * 10 ms apart, again after 5 ms when one fails. Its inserts are part of the history.
 */
export class Prober {
  readonly #history: History;
  readonly #process: number;
  readonly #link: ClientLink;
  /** When each answered insert was answered, ascending. */
  readonly okAtMs: number[] = [];
  /** The server that answered last. */
  server: ServerIdentity | null = null;
  /** When the insert that was answered last was sent. */
  #sentAtMs = 0;
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
      const sentAtMs = nowMs();
      const answer = await session.insert({ key, process: this.#process });
      const server = session.server.uuid;
      if (answer.outcome === 'ok') {
        this.#history.end(begun, { outcome: 'ok', server, gtid: answer.gtid });
        this.okAtMs.push(nowMs());
        this.#sentAtMs = sentAtMs;
        this.server = session.server;
        await pause(Math.max(0, sentAtMs + EVERY_MS - nowMs()), signal);
        continue;
      }
      this.#history.end(begun, { outcome: answer.outcome, error: answer.error, server });
      if (answer.broken) this.#link.drop();
      await pause(RETRY_MS, signal);
    }
    this.#link.drop();
  }

  /**
   * Whether an insert was answered that was sent after that time. One sent before does not count: its
   * answer may have been on its way already.
   */
  hasAnswered(sinceMs: number): boolean {
    return this.#sentAtMs > sinceMs;
  }

  /** How long ago the last answer was. */
  silenceMs(): number {
    return nowMs() - (this.okAtMs.at(-1) ?? 0);
  }
}
