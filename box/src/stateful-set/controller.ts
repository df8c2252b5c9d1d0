/** Watches StatefulSets and their pods, and carries out what plan.ts says. */
import {
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  keysFrom,
  nameOfKey,
  type Reconcile,
  Reflector,
  type RunningController,
  runController,
} from '@radondb/controller/runtime/index';
import {
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  STATEFUL_SETS,
} from '@radondb/controller/runtime/resources';
import type { Logger } from 'pino';
import { planSet, type SetAction } from './plan.ts';
import { ownerOf, specOf } from './pod-of.ts';

export interface StatefulSetControllerOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export function runStatefulSets(options: StatefulSetControllerOptions): RunningController {
  const { client, logger, signal } = options;
  const project = (object: KubeObject): KubeObject => object;
  const follow = (resource: typeof PODS) => {
    const reflector = new Reflector({ client, resource, project, logger });
    void reflector.run(signal);
    return reflector;
  };
  const [sets, pods, claims] = [
    follow(STATEFUL_SETS),
    follow(PODS),
    follow(PERSISTENT_VOLUME_CLAIMS),
  ];
  const inNamespace = (all: Iterable<KubeObject>, namespace: string | undefined) =>
    [...all].filter((it) => it.metadata.namespace === namespace);
  const reconcile: Reconcile = async (key, context) => {
    const set = sets.store.get(key);
    if (set === undefined) return { outcome: 'is gone' };
    const { namespace } = nameOfKey(key);
    const { matchLabels = {} } = specOf(set).selector;
    const plan = planSet({
      set,
      pods: inNamespace(pods.store.values(), namespace).filter((pod) => matches(pod, matchLabels)),
      claims: new Set(inNamespace(claims.store.values(), namespace).map((it) => it.metadata.name)),
    });
    for (const action of plan.actions) await carryOut(client, set, action, context.signal);
    if (JSON.stringify(set['status']) !== JSON.stringify(plan.status)) {
      const patch = { type: 'merge', value: { status: plan.status } } as const;
      await client.patch(STATEFUL_SETS, nameOfKey(key), patch, {
        subresource: 'status',
        fieldManager: MANAGER,
        signal: context.signal,
      });
    }
    return { outcome: plan.actions.length === 0 ? 'up to date' : `${plan.actions.length} actions` };
  };
  return runController({
    name: 'stateful-set',
    sources: [
      keysFrom({ source: sets, keysOf: (set) => [keyOf(set.metadata)] }),
      keysFrom({ source: pods, keysOf: (pod) => setsOf(pod, sets.store.values()) }),
    ],
    reconcile,
    workers: 2,
    stop: signal,
    fence: signal,
    logger,
  });
}

const MANAGER = 'statefulset-controller';

/** A pod's owner; one without belongs to every set that would have it. */
function* setsOf(pod: KubeObject, sets: Iterable<KubeObject>): Iterable<string> {
  const owner = pod.metadata.ownerReferences?.find((it) => it.controller === true);
  for (const set of sets) {
    if (set.metadata.namespace !== pod.metadata.namespace) continue;
    const isTheirs =
      owner === undefined
        ? matches(pod, specOf(set).selector.matchLabels ?? {})
        : owner.uid === set.metadata.uid;
    if (isTheirs) yield keyOf(set.metadata);
  }
}

function matches(pod: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => pod.metadata.labels?.[name] === value);
}

/** What another look has done already, or undone, is no failure: the next look sees it. */
async function carryOut(
  client: KubeClient,
  set: KubeObject,
  action: SetAction,
  signal: AbortSignal,
): Promise<void> {
  const write = { fieldManager: MANAGER, signal };
  try {
    switch (action.do) {
      case 'create-claim':
        await client.create(PERSISTENT_VOLUME_CLAIMS, action.claim, write);
        return;
      case 'create-pod':
        await client.create(PODS, action.pod, write);
        return;
      case 'adopt-pod': {
        const { uid, resourceVersion } = action.pod.metadata;
        const value = { metadata: { ownerReferences: [ownerOf(set)] } };
        await client.patch(
          PODS,
          action.pod.metadata,
          { type: 'merge', value },
          {
            ...write,
            preconditions: { uid, resourceVersion },
          },
        );
        return;
      }
      case 'delete-pod':
        await client.delete(PODS, action.pod.metadata, {
          preconditions: { uid: action.pod.metadata.uid },
          signal,
        });
        return;
      default:
        throw new Error(`unknown action: ${JSON.stringify(action satisfies never)}`);
    }
  } catch (error) {
    if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
  }
}
