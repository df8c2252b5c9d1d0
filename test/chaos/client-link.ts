import type { ChaosDatabase, Session, SessionDeadlines } from './ports.ts';
import { pause } from './wait.ts';

/** A client's connection, made again whenever it was lost. */
export class ClientLink {
  readonly #database: ChaosDatabase;
  readonly #deadlines: SessionDeadlines;
  readonly #retryMs: number;
  #session: Session | null = null;
  /** Attempts to connect that failed. */
  refused = 0;

  constructor(database: ChaosDatabase, deadlines: SessionDeadlines, retryMs: number) {
    this.#database = database;
    this.#deadlines = deadlines;
    this.#retryMs = retryMs;
  }

  get current(): Session | null {
    return this.#session;
  }

  /** A session; null when the run ends first. */
  async ready(signal: AbortSignal): Promise<Session | null> {
    while (this.#session === null && !signal.aborted) {
      try {
        this.#session = await this.#database.connect(this.#deadlines);
      } catch {
        this.refused += 1;
        await pause(this.#retryMs, signal);
      }
    }
    return this.#session;
  }

  drop(): void {
    this.#session?.close();
    this.#session = null;
  }
}
