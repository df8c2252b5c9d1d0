/** The route as the proxy and the API's route stream see it: a value that changes, and a way to hear of it. */
import { isDeepStrictEqual } from 'node:util';
import type { Route } from '@radondb/api';

export interface RouteSource {
  /** The newest route known here. */
  current(): Route;
  /** Calls the listener in the same turn as each change, not for the current value. Returns a function that ends it. */
  subscribe(listener: (route: Route) => void): () => void;
}

/** Nothing is known yet: no epoch, nobody open. */
export const NO_ROUTE: Route = Object.freeze({
  epoch: 0,
  open: false,
  primary: null,
  replicas: [],
});

/**
 * A route that its owner sets. One table has one writer that tells the committed order: an older epoch is ignored, and
 * within an epoch the last word counts (a primary may close and open again in its epoch, I7).
 */
export class RouteTable implements RouteSource {
  #route: Route;
  readonly #listeners = new Set<(route: Route) => void>();

  constructor(initial: Route = NO_ROUTE) {
    this.#route = initial;
  }

  current(): Route {
    return this.#route;
  }

  subscribe(listener: (route: Route) => void): () => void {
    // A wrapper, so that the same function subscribed twice is two subscriptions.
    const own = (route: Route): void => listener(route);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Takes over a route and tells everyone before it returns. False: it was older, or nothing new. */
  set(route: Route): boolean {
    if (route.epoch < this.#route.epoch) return false;
    if (isDeepStrictEqual(route, this.#route)) return false;
    this.#route = route;
    for (const listener of [...this.#listeners]) listener(route);
    return true;
  }
}
