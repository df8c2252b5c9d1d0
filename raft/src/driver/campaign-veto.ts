/** The application's veto on standing for election. It always ends by itself. */
import type { Clock } from '../ports.ts';
import { ConfigError } from './errors.ts';

export class CampaignVeto {
  readonly #clock: Clock;
  readonly #apply: (reason: string | null) => void;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, apply: (reason: string | null) => void) {
    this.#clock = clock;
    this.#apply = apply;
  }

  /** Replaces a veto in force. Returns what lifts this one; later calls do nothing. Throws ConfigError. */
  set(reason: string, forMs: number): () => void {
    if (!(forMs > 0 && Number.isFinite(forMs))) {
      throw new ConfigError(['forMs of a veto must be a finite number greater than 0']);
    }
    this.stop();
    this.#apply(reason);
    const lift = (): void => {
      if (this.#cancel !== cancel) return;
      this.stop();
      this.#apply(null);
    };
    const cancel = this.#clock.after(forMs, () => lift());
    this.#cancel = cancel;
    return lift;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
