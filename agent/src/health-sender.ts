/** Tells every peer how this member is: at once when something changed, and at an interval. One report under way per peer; the newest follows. */
import type { MemberHealth } from '@radondb/api';
import type { HealthTable } from './health-table.ts';
import type { Logger, Peers } from './ports.ts';

const INTERVAL_MS = 400;

export class HealthSender {
  readonly #peers: Peers;
  readonly #names: readonly string[];
  readonly #table: HealthTable;
  readonly #describe: () => MemberHealth;
  readonly #log: Logger;
  readonly #busy = new Map<string, boolean>();
  #scheduled = false;
  #stopped = false;

  constructor(deps: {
    readonly peers: Peers;
    readonly names: readonly string[];
    readonly table: HealthTable;
    readonly describe: () => MemberHealth;
    readonly log: Logger;
  }) {
    this.#peers = deps.peers;
    this.#names = deps.names;
    this.#table = deps.table;
    this.#describe = deps.describe;
    this.#log = deps.log;
  }

  /** Something changed: send in this turn of the event loop, once. */
  changed(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#send();
    });
  }

  run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.changed(), INTERVAL_MS);
    return new Promise((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          this.#stopped = true;
          clearInterval(timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  #send(): void {
    this.#table.hear(this.#describe());
    for (const name of this.#names) this.#sendTo(name);
  }

  #sendTo(name: string): void {
    const busy = this.#busy.get(name);
    if (busy !== undefined) {
      this.#busy.set(name, true);
      return;
    }
    this.#busy.set(name, false);
    const health = this.#describe();
    this.#peers
      .health(name, health)
      .catch((error: unknown) =>
        this.#log.debug({ peer: name, error: String(error) }, 'health not delivered'),
      )
      .finally(() => {
        const again = this.#busy.get(name) === true;
        this.#busy.delete(name);
        if (again && !this.#stopped) this.#sendTo(name);
      });
  }
}
