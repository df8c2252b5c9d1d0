import type { Resource } from '../kinds/resource.ts';
import { type KubeObject, setAt, valueAt } from '../object.ts';
import type { Store } from '../store/store.ts';

const FIRST = 10;
const LAST = 254;

/**
 * Gives a Service its address: one of loopback's, so that something on this machine can listen there.
 * A headless Service has none.
 */
export function allocateClusterIp(
  { store, serviceNetwork }: { readonly store: Store; readonly serviceNetwork: string },
  resource: Resource,
  service: KubeObject,
): void {
  const address = (index: number): string => `${serviceNetwork}.${index}`;
  if (resource.storage !== '/services') return;
  const given = valueAt(service, ['spec', 'clusterIP']);
  if (valueAt(service, ['spec', 'type']) === 'ExternalName') return;
  if (given === undefined || given === '') {
    const used = new Set(
      (store.list('/services/') ?? []).map(([, one]) => valueAt(one, ['spec', 'clusterIP'])),
    );
    let next = FIRST;
    while (next <= LAST && used.has(address(next))) next += 1;
    setAt(service, ['spec', 'clusterIP'], address(next));
  }
  setAt(service, ['spec', 'clusterIPs'], [valueAt(service, ['spec', 'clusterIP'])]);
}
