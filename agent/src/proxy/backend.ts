/** Which server a client belongs to, as pure functions of the route. */
import type { Route } from '@radondb/api';

export type ProxyKind = 'primary' | 'replicas';

export interface Backend {
  readonly role: 'primary' | 'replica';
  readonly member: string;
  readonly host: string;
  readonly port: number;
  /** Epoch of the route that named it. */
  readonly epoch: number;
}

/** Names a server process's address; a member that came back elsewhere is another backend. */
export function backendKey(backend: Omit<Backend, 'role' | 'epoch'>): string {
  return `${backend.member} ${backend.host} ${backend.port}`;
}

/** Servers that a new connection may go to; empty while there is none and the client has to wait. */
export function backendsFor(kind: ProxyKind, route: Route): readonly Backend[] {
  if (kind === 'replicas' && route.replicas.length > 0) {
    return route.replicas.map(({ member, host, port }) => ({
      role: 'replica',
      member,
      host,
      port,
      epoch: route.epoch,
    }));
  }
  if (!route.open || route.primary === null) return [];
  const { member, host, port } = route.primary;
  return [{ role: 'primary', member, host, port, epoch: route.epoch }];
}

/**
 * Whether a connection made earlier may live on. One to a primary ends with its epoch and whenever it is closed, since
 * what it would read or write afterwards is no longer the cluster's (I6, I7). One to a replica ends when that leaves the list.
 */
export function stillServed(backend: Backend, route: Route): boolean {
  const key = backendKey(backend);
  if (backend.role === 'replica') return route.replicas.some((one) => backendKey(one) === key);
  return (
    route.open &&
    route.epoch === backend.epoch &&
    route.primary !== null &&
    backendKey(route.primary) === key
  );
}

/** The one with the fewest connections among those not yet tried; all tried: among all. Ties go to the first after `turn`. */
export function leastLoaded(
  backends: readonly Backend[],
  options: {
    readonly load: (key: string) => number;
    readonly tried: ReadonlySet<string>;
    readonly turn: number;
  },
): Backend | null {
  const fresh = backends.filter((one) => !options.tried.has(backendKey(one)));
  const pool = fresh.length > 0 ? fresh : backends;
  let best: Backend | null = null;
  for (let i = 0; i < pool.length; i++) {
    const one = pool[(i + options.turn) % pool.length];
    if (one === undefined) continue;
    if (best === null || options.load(backendKey(one)) < options.load(backendKey(best))) {
      best = one;
    }
  }
  return best;
}
