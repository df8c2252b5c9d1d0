/** Carries a plan out, action by action. Each may be the last: the next plan starts from what is there then. */
import { credentialsSecretName, tlsSecretName } from '@radondb/api';
import { renewCertificates } from '../../certificates/certificates.ts';
import type { DesiredObject } from '../../desired/model.ts';
import {
  authoritySecret,
  authoritySecretName,
  credentialsSecret,
  internalSecret,
  tlsSecret,
} from '../../desired/secrets.ts';
import type { MemberClient } from '../../members/member-client.ts';
import { ApiError, isNotFound } from '../../runtime/kube/api-error.ts';
import type { KubeObject, ObjectName } from '../../runtime/kube-object.ts';
import type { KubeWriter } from '../../runtime/ports.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS, SECRETS, STATEFUL_SETS } from '../../runtime/resources.ts';
import { type Action, EVENT_REASONS, type PlannedEvent } from './actions.ts';
import { newPassword } from './generate.ts';
import { type Observation, objectKey, secretTexts } from './observation.ts';
import { targetOf } from './observe.ts';

/** One name for everything that the controller applies: what it no longer sends is taken away. */
export const FIELD_MANAGER = 'radondb-controller';
/** The longest that a switchover for a restart may take. Milliseconds. */
const SWITCHOVER_MS = 20_000;
/** Milliseconds for all settings of one member. */
const CONFIGURE_MS = 10_000;

export interface ApplyDeps {
  readonly client: KubeWriter;
  readonly members: Pick<MemberClient, 'switchover' | 'configure'>;
  readonly record: (event: PlannedEvent) => void;
}

interface Step {
  readonly deps: ApplyDeps;
  readonly observation: Observation;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** @throws what the first action that fails throws; those after it are left to the next plan */
export async function applyActions(
  deps: ApplyDeps,
  observation: Observation,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const namespace = observation.cluster.metadata.namespace ?? 'default';
  for (const action of actions) {
    signal.throwIfAborted();
    await carryOut(action, { deps, observation, namespace, signal });
  }
}

async function carryOut(action: Action, step: Step): Promise<void> {
  const { deps, namespace, signal } = step;
  const { client } = deps;
  switch (action.do) {
    case 'event':
      return deps.record(action.event);
    case 'generate-internal': {
      const passwords = { agent: newPassword(), replication: newPassword() };
      return await create(step, internalSecret(action.owner, passwords));
    }
    case 'generate-credentials': {
      const account = { username: 'app', password: newPassword(), database: 'app' };
      const { rotation } = action;
      return await create(step, credentialsSecret(action.owner, { ...account, rotation }));
    }
    case 'rotate-credentials':
      return await rotate(action, step);
    case 'renew-certificates':
      return await renew(action, step);
    case 'own-secret': {
      const name = { namespace, name: action.name };
      const ownerReferences = action.owners.length === 0 ? null : action.owners;
      const patch = { type: 'merge', value: { metadata: { ownerReferences } } } as const;
      await client.patch(SECRETS, name, patch, {
        ...{ signal, fieldManager: FIELD_MANAGER, preconditions: { uid: action.uid } },
      });
      return;
    }
    case 'apply':
      return await apply(step, action.desired);
    case 'apply-claim':
      await client.apply(PERSISTENT_VOLUME_CLAIMS, action.claim, {
        ...{ signal, fieldManager: FIELD_MANAGER, force: true },
      });
      return;
    case 'recreate-stateful-set':
      await client.delete(
        STATEFUL_SETS,
        { namespace, name: action.name },
        {
          ...{ signal, propagation: 'Orphan', preconditions: { uid: action.uid } },
        },
      );
      return deps.record({
        ...{ type: 'Normal', reason: EVENT_REASONS.statefulSetRecreated, action: 'Recreate' },
        note: 'What cannot be changed in a StatefulSet has changed: it is made anew around its running pods',
      });
    case 'delete-pod':
      return await deletePod(step, { namespace, name: action.name }, action.uid);
    case 'configure':
      return await configure(step, action);
    case 'switchover':
      return await switchover(step, action.from);
  }
}

/** Made once: if somebody was faster, what they made is kept. */
async function create({ deps, signal }: Step, { resource, object }: DesiredObject): Promise<void> {
  try {
    await deps.client.create(resource, object, { signal, fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
  }
}

/** Fails when the Secret is not the one that was observed any more: nobody's write is lost. */
async function replace(step: Step, desired: DesiredObject): Promise<void> {
  const { object } = desired;
  const found = secretOf(step.observation, object.metadata.name);
  if (found === undefined) return await create(step, desired);
  const { resourceVersion, uid } = found.metadata;
  const metadata = { ...object.metadata, uid, resourceVersion };
  await step.deps.client.replace(
    SECRETS,
    { ...object, metadata },
    { signal: step.signal, fieldManager: FIELD_MANAGER },
  );
}

async function rotate(
  { owner, rotation }: Extract<Action, { do: 'rotate-credentials' }>,
  step: Step,
): Promise<void> {
  const kept = secretTexts(step.observation, credentialsSecretName(owner.name)) ?? {};
  const { username = 'app', database = 'app' } = kept;
  const account = { username, database, password: newPassword(), rotation };
  await replace(step, credentialsSecret(owner, account));
}

async function renew(
  { owner, members, decision }: Extract<Action, { do: 'renew-certificates' }>,
  step: Step,
): Promise<void> {
  const { observation } = step;
  const { name, namespace } = owner;
  const made = await renewCertificates(
    { name, namespace, members },
    {
      authority: secretTexts(observation, authoritySecretName(name)) ?? {},
      members: secretTexts(observation, tlsSecretName(name)) ?? {},
    },
    decision,
    observation.nowMs,
  );
  // The authority first: what it has signed is worth nothing without it.
  await replace(step, authoritySecret(owner, made.authority));
  await replace(step, tlsSecret(owner, made.members));
}

async function apply({ deps, signal }: Step, { resource, object }: DesiredObject): Promise<void> {
  try {
    await deps.client.apply(resource, object, {
      ...{ signal, fieldManager: FIELD_MANAGER, force: true },
    });
  } catch (error) {
    if (error instanceof ApiError && error.code !== 409 && error.code < 500) {
      deps.record({
        ...{ type: 'Warning', reason: EVENT_REASONS.applyFailed, action: 'Apply' },
        note: `${resource.kind} ${object.metadata.name}: ${error.message}`,
      });
    }
    throw error;
  }
}

/** Only that very pod: another one of its name has been restarted already. */
async function deletePod({ deps, signal }: Step, name: ObjectName, uid: string): Promise<void> {
  try {
    await deps.client.delete(PODS, name, { signal, preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function switchover({ deps, observation, signal }: Step, from: string): Promise<void> {
  const tell = (type: PlannedEvent['type'], reason: PlannedEvent['reason'], note: string): void =>
    deps.record({ type, reason, action: 'Switchover', note });
  const target = targetOf(observation, from);
  if (target === null) return;
  try {
    const order = { to: null, timeoutMs: SWITCHOVER_MS };
    await deps.members.switchover(target, order, { signal, timeoutMs: SWITCHOVER_MS + 2_000 });
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return tell(
      'Warning',
      EVENT_REASONS.switchoverFailed,
      `${from} does not hand over, so it is not restarted yet: ${why}`,
    );
  }
  tell('Normal', EVENT_REASONS.switchover, `${from} has handed over: it is restarted next`);
}

/** A member that does not take them is told of, asked again with the next plan, and holds up nothing else. */
async function configure(
  { deps, observation, signal }: Step,
  { member, request }: Extract<Action, { do: 'configure' }>,
): Promise<void> {
  const target = targetOf(observation, member);
  if (target === null) return;
  try {
    await deps.members.configure(target, request, { signal, timeoutMs: CONFIGURE_MS });
  } catch (error) {
    signal.throwIfAborted();
    deps.record({
      ...{ type: 'Warning', reason: EVENT_REASONS.settingsFailed, action: 'Configure' },
      note: `Settings without a restart: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

function secretOf({ objects }: Observation, name: string): KubeObject | undefined {
  return objects.get(objectKey('Secret', name));
}
