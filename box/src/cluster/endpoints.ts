import type { EventLog } from '@radondb/agent/proxy/event-log';
import { createProxy, type TcpProxy } from '@radondb/agent/proxy/proxy';
import type { RouteSource } from '@radondb/agent/proxy/route-table';
import { PortInUseError, systemCode } from '../errors.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import type { ClusterPorts } from '../ports/port-plan.ts';

/** The two addresses that clients keep, whoever is primary: what a cluster's Services are on Kubernetes. */
export interface Endpoints {
  readonly primary: string;
  readonly replicas: string;
  close(): Promise<void>;
}

/** @throws PortInUseError when somebody took a port since it was looked at. */
export async function openEndpoints(
  ports: ClusterPorts,
  routes: RouteSource,
  log: EventLog,
): Promise<Endpoints> {
  const opened: TcpProxy[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((proxy) => proxy.close()));
  };
  for (const kind of ['primary', 'replicas'] as const) {
    const port = ports[kind];
    const proxy = createProxy({ listen: { host: LOOPBACK, port }, kind, routes, log });
    try {
      await proxy.start();
    } catch (cause) {
      await close();
      if (systemCode(cause) !== 'EADDRINUSE') throw cause;
      throw new PortInUseError(`${LOOPBACK}:${port} (the ${kind} endpoint) is in use`, { cause });
    }
    opened.push(proxy);
  }
  return {
    primary: `${LOOPBACK}:${ports.primary}`,
    replicas: `${LOOPBACK}:${ports.replicas}`,
    close,
  };
}
