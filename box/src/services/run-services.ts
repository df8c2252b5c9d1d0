/** Keeps the addresses of Services up to date with the pods. */
import { type KubeClient, type KubeObject, Reflector } from '@radondb/controller/runtime/index';
import { PODS, SERVICES } from '@radondb/controller/runtime/resources';
import type { Logger } from 'pino';
import { ServiceProxy } from './service-proxy.ts';
import { serviceTable } from './service-table.ts';

/** @param signal ends it */
export function runServices(client: KubeClient, logger: Logger, signal: AbortSignal): void {
  const proxy = new ServiceProxy(logger);
  const project = (object: KubeObject): KubeObject => object;
  const services = new Reflector({ client, resource: SERVICES, project, logger });
  const pods = new Reflector({ client, resource: PODS, project, logger });
  const update = (): void => proxy.use(serviceTable(services.store.values(), pods.store.values()));
  for (const source of [services, pods]) {
    source.onEvent(update);
    void source.run(signal);
  }
  signal.addEventListener('abort', () => proxy.close(), { once: true });
}
