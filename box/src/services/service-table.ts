/** Which address of a Service leads to which pods. Pure. */
import type { KubeObject } from '@radondb/controller/runtime/kube-object';
import { podSpecOf } from '../pods/pod-spec.ts';
import { isReady } from '../stateful-set/plan.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** `host:port` to listen at → where connections may go. */
export type ServiceTable = ReadonlyMap<string, readonly Target[]>;

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServicePort[];
  readonly publishNotReadyAddresses?: boolean;
}

export function serviceTable(
  services: Iterable<KubeObject>,
  pods: Iterable<KubeObject>,
): ServiceTable {
  const all = [...pods];
  const table = new Map<string, readonly Target[]>();
  for (const service of services) {
    const spec = (service['spec'] ?? {}) as ServiceSpec;
    const { clusterIP = '', selector = {}, ports = [], publishNotReadyAddresses = false } = spec;
    // `None` has DNS names only; without a selector somebody else makes the endpoints.
    if (clusterIP === '' || clusterIP === 'None' || Object.keys(selector).length === 0) continue;
    const chosen = all.filter(
      (pod) =>
        pod.metadata.namespace === service.metadata.namespace &&
        pod.metadata.deletionTimestamp === undefined &&
        Object.entries(selector).every(([name, value]) => pod.metadata.labels?.[name] === value) &&
        (publishNotReadyAddresses || isReady(pod)),
    );
    for (const port of ports)
      table.set(
        `${clusterIP}:${port.port}`,
        chosen.flatMap((pod) => targetOf(pod, port)),
      );
  }
  return table;
}

function targetOf(pod: KubeObject, { port, targetPort = port }: ServicePort): readonly Target[] {
  const { podIP: host } = (pod['status'] ?? {}) as { readonly podIP?: string };
  if (host === undefined) return [];
  if (typeof targetPort === 'number') return [{ host, port: targetPort }];
  const named = podSpecOf(pod)
    .containers.flatMap((it) => it.ports ?? [])
    .find((it) => it.name === targetPort);
  return named === undefined ? [] : [{ host, port: named.containerPort }];
}
