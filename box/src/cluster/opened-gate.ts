import { type RouteSource, RouteTable } from '@radondb/agent/proxy/route-table';
import type { Route } from '@radondb/api';

/**
 * Between what members tell and what clients are let through to: nobody is sent anywhere before it
 * is durable that the cluster has been open. Else a disk that is lost in that moment could begin a
 * raft log of its own at the next start.
 */
export class OpenedGate {
  readonly #table = new RouteTable();
  readonly #record: () => Promise<void>;
  #isOpened: boolean;
  #held: Route | null = null;
  #recording: Promise<void> | null = null;

  /** `record` makes it durable; it is called once, and again when it failed. */
  constructor(isOpened: boolean, record: () => Promise<void>) {
    this.#isOpened = isOpened;
    this.#record = record;
  }

  get routes(): RouteSource {
    return this.#table;
  }

  /** Whether the cluster is known, durably, to have been open. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  /** A route from the members. */
  pass(route: Route): void {
    if (this.#isOpened) {
      this.#table.set(route);
      return;
    }
    this.#held = route;
    if (route.open) void this.opened();
  }

  /** Somebody saw the cluster open. Resolves when that is durable or could not be made so. */
  opened(): Promise<void> {
    if (this.#isOpened) return Promise.resolve();
    this.#recording ??= this.#record()
      .then(() => {
        this.#isOpened = true;
        if (this.#held !== null) this.#table.set(this.#held);
      })
      .finally(() => {
        this.#recording = null;
      });
    return this.#recording;
  }
}
