import type { Route } from '@radondb/api';

/**
 * One route out of what all members tell. The highest epoch wins. Within an epoch the primary's own
 * word counts, as long as it is heard: it alone knows at once that it has closed (I7). Else an open
 * route beats a closed one, which comes from a member that has not heard yet.
 */
export class RouteMerger {
  readonly #latest = new Map<string, Route>();
  readonly #publish: (route: Route) => void;
  #primary: { readonly epoch: number; readonly member: string } | null = null;

  constructor(publish: (route: Route) => void) {
    this.#publish = publish;
  }

  /** A member told its route. */
  told(member: string, route: Route): void {
    // Last in the order of insertion: the latest word.
    this.#latest.delete(member);
    this.#latest.set(member, route);
    this.#update();
  }

  /** A member's stream broke: what it said last no longer counts, what others say does. */
  lost(member: string): void {
    if (this.#latest.delete(member)) this.#update();
  }

  #update(): void {
    const epoch = Math.max(...[...this.#latest.values()].map((route) => route.epoch));
    const newest = [...this.#latest].filter(([, route]) => route.epoch === epoch);
    const known = this.#primary?.epoch === epoch ? this.#primary.member : null;
    const own = newest.find(([member, route]) => member === (known ?? route.primary?.member));
    const open = newest.findLast(([, route]) => route.open);
    const merged = (own ?? open ?? newest.at(-1))?.[1];
    // Nobody says anything: the last known route stays.
    if (merged === undefined) return;
    if (merged.open && merged.primary !== null) {
      this.#primary = { epoch, member: merged.primary.member };
    }
    this.#publish(merged);
  }
}
