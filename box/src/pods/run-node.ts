/** What a node and the controllers of the control plane do for pods: StatefulSets, a kubelet, the addresses of Services. */
import type { KubeClient } from '@radondb/controller/runtime/index';
import type { Logger } from 'pino';
import { runServices } from '../services/run-services.ts';
import { runStatefulSets } from '../stateful-set/controller.ts';
import { Kubelet, type KubeletOptions } from './kubelet.ts';

export interface NodeOptions extends KubeletOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
}

export interface RunningNode {
  readonly kubelet: Kubelet;
  /** Replicas first, then primaries; the objects stay. Milliseconds for each. */
  stop(graceMs: { readonly replica: number; readonly primary: number }): Promise<void>;
  /** Ends everything now. */
  kill(): void;
}

export function runNode(options: NodeOptions): RunningNode {
  const { client, logger } = options;
  const end = new AbortController();
  const sets = runStatefulSets({ client, logger, signal: end.signal });
  const kubelet = new Kubelet(options);
  kubelet.start();
  runServices(client, logger, end.signal);
  return {
    kubelet,
    stop: async (graceMs) => {
      // First, or it would make anew what is stopped.
      end.abort();
      await sets.done;
      await kubelet.stop(graceMs);
    },
    kill: () => {
      end.abort();
      kubelet.kill();
    },
  };
}
