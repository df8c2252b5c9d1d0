import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '@radondb/api';
import type { AgentClient } from './agent-client.ts';

const RECONNECT_MS = 200;

/**
 * One table out of the route streams of all members. The highest epoch wins. Within an epoch only one
 * member can be primary, so an open route beats a closed one of the same epoch from a member that has
 * not heard yet; the primary's own word closes it again.
 */
export class RouteMerger {
  readonly #latest = new Map<string, Route>();
  readonly #publish: (route: Route) => void;

  constructor(publish: (route: Route) => void) {
    this.#publish = publish;
  }

  /** A member told its route. */
  told(member: string, route: Route): void {
    this.#latest.set(member, route);
    this.#update();
  }

  /** A member's stream broke: what it said last no longer counts, what others say does. */
  lost(member: string): void {
    if (this.#latest.delete(member)) this.#update();
  }

  #update(): void {
    const merged = mergeRoutes(this.#latest);
    if (merged !== null) this.#publish(merged);
  }
}

/** @returns null when nobody says anything: then the last known route stays. */
export function mergeRoutes(latest: ReadonlyMap<string, Route>): Route | null {
  const epoch = Math.max(...[...latest.values()].map((route) => route.epoch));
  const newest = [...latest].filter(([, route]) => route.epoch === epoch);
  if (newest.length === 0) return null;
  const own = newest.find(([member, route]) => route.primary?.member === member);
  if (own !== undefined) return own[1];
  const open = newest.find(([, route]) => route.open);
  const [first] = newest;
  return open?.[1] ?? first?.[1] ?? null;
}

/** Reads a member's route stream until `signal`, connecting again whenever it breaks. */
export async function followRoutes(
  member: string,
  client: Pick<AgentClient, 'routes'>,
  options: { readonly merger: RouteMerger; readonly signal: AbortSignal },
): Promise<void> {
  const { merger, signal } = options;
  while (!signal.aborted) {
    try {
      for await (const route of client.routes(signal)) merger.told(member, route);
    } catch {
      // The agent is not there (yet, or any more): its supervisor reports that.
    }
    merger.lost(member);
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}
