/** The reconcile function of MysqlUser and MysqlDatabase: observe, plan, carry out, and the status whatever came of it. */
import { isDeepStrictEqual } from 'node:util';
import type { Condition } from '@radondb/api';
import type { MemberClient } from '../members/member-client.ts';
import { recordOf } from '../reconcilers/mysql-cluster/observation.ts';
import type { ReadObject } from '../reconcilers/mysql-cluster/observe.ts';
import { isNotFound } from '../runtime/kube/api-error.ts';
import { type KubeObject, nameOfKey, type Resource } from '../runtime/kube-object.ts';
import type { EventRecorder, KubeClient, Reconcile, ReconcileResult } from '../runtime/ports.ts';
import { callPrimary } from './call-primary.ts';
import { type Outcome, retryAfterMs, verdictOf } from './outcome.ts';
import { type DeclaredPlan, FINALIZER } from './plan.ts';
import {
  type AccountEventReason,
  ACCOUNT_EVENT_REASONS as E,
  ACCOUNT_REASONS as R,
} from './reasons.ts';
import { conditionsOf, type Verdict } from './verdict.ts';

const FIELD_MANAGER = 'radondb-controller';
const STATUS_MANAGER = 'radondb-controller-status';

export interface DeclaredDeps {
  /** From the caches. */
  readonly read: ReadObject;
  readonly client: KubeClient;
  readonly members: Pick<MemberClient, 'accounts'>;
  readonly events: EventRecorder<AccountEventReason>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** One kind of object that declares something in MySQL. */
export interface DeclaredKind {
  readonly resource: Resource;
  plan(object: KubeObject, deps: DeclaredDeps, signal: AbortSignal): Promise<Planned>;
}

export interface Planned {
  readonly plan: DeclaredPlan;
  /** What to say when it is in force. */
  readonly inForce: string;
  /** Fields of the status next to the conditions, once it is in force; before, those that are there stay. */
  readonly status: Readonly<Record<string, unknown>>;
}

export function reconcileDeclared(kind: DeclaredKind, deps: DeclaredDeps): Reconcile {
  return async (key, { signal }) => {
    const object = deps.read(kind.resource, nameOfKey(key));
    if (object === undefined) return { outcome: 'gone' };
    return await new Run(kind, deps, object, signal).run();
  };
}

class Run {
  readonly #kind: DeclaredKind;
  readonly #deps: DeclaredDeps;
  readonly #signal: AbortSignal;
  #object: KubeObject;

  constructor(kind: DeclaredKind, deps: DeclaredDeps, object: KubeObject, signal: AbortSignal) {
    this.#kind = kind;
    this.#deps = deps;
    this.#object = object;
    this.#signal = signal;
  }

  async run(): Promise<ReconcileResult> {
    const planned = await this.#kind.plan(this.#object, this.#deps, this.#signal);
    const { plan } = planned;
    switch (plan.do) {
      case 'nothing':
        return { outcome: 'being deleted' };
      case 'let-go':
        if (plan.leaves !== null)
          this.#tell(
            'Warning',
            E.leftBehind,
            `Nothing was dropped or kept in MySQL: ${plan.leaves}`,
          );
        await this.#removeFinalizer();
        return { outcome: 'let go' };
      case 'say':
        await this.#say(plan.verdict, null);
        return { outcome: plan.verdict.reason };
      case 'release':
        return await this.#release(plan);
      case 'ensure':
        return await this.#ensure(plan, planned);
    }
  }

  async #release(plan: Extract<DeclaredPlan, { do: 'release' }>): Promise<ReconcileResult> {
    const outcome = await callPrimary(this.#deps, plan.cluster, plan.request, this.#signal);
    if (outcome.kind === 'answer' && outcome.answer.done) {
      const did = outcome.answer.changes.join('; ');
      this.#tell('Normal', E.released, did === '' ? 'Nothing was left of it' : did);
      await this.#removeFinalizer();
      return { outcome: 'released' };
    }
    const { message } = verdictOf(outcome, '');
    await this.#say({ state: 'waiting', reason: R.releasing, message }, null);
    return waitFor('waits for its release', outcome, this.#deps.now());
  }

  async #ensure(
    plan: Extract<DeclaredPlan, { do: 'ensure' }>,
    planned: Planned,
  ): Promise<ReconcileResult> {
    // Before the first statement: from here on a deletion has something to undo.
    await this.#addFinalizer();
    const outcome = await callPrimary(this.#deps, plan.cluster, plan.request, this.#signal);
    const verdict = verdictOf(outcome, planned.inForce);
    if (outcome.kind === 'answer' && outcome.answer.changes.length > 0)
      this.#tell('Normal', E.changed, outcome.answer.changes.join('; '));
    await this.#say(verdict, verdict.state === 'ready' ? planned.status : null);
    return waitFor(verdict.reason, outcome, this.#deps.now());
  }

  async #addFinalizer(): Promise<void> {
    const { finalizers = [] } = this.#object.metadata;
    if (finalizers.includes(FINALIZER)) return;
    this.#object = await this.#setFinalizers([...finalizers, FINALIZER]);
  }

  async #removeFinalizer(): Promise<void> {
    const { finalizers = [] } = this.#object.metadata;
    try {
      await this.#setFinalizers(finalizers.filter((name) => name !== FINALIZER));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Guarded: a list of finalizers that somebody else changed meanwhile is read again. */
  async #setFinalizers(finalizers: readonly string[]): Promise<KubeObject> {
    const { name, namespace = 'default', uid, resourceVersion } = this.#object.metadata;
    return await this.#deps.client.patch(
      this.#kind.resource,
      { name, namespace },
      { type: 'merge', value: { metadata: { finalizers } } },
      {
        ...{ signal: this.#signal, fieldManager: FIELD_MANAGER },
        preconditions: { uid, resourceVersion },
      },
    );
  }

  async #say(verdict: Verdict, fields: Readonly<Record<string, unknown>> | null): Promise<void> {
    const { apiVersion, kind, metadata } = this.#object;
    const { name, namespace = 'default', generation } = metadata;
    const before = recordOf(this.#object['status']);
    const { conditions: known, observedGeneration: _known, ...kept } = before;
    const conditions = conditionsOf(verdict, {
      ...{ before: (known ?? []) as readonly Condition[], generation },
      now: new Date(this.#deps.now()).toISOString(),
    });
    const status = {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...{ conditions },
      ...(fields ?? kept),
    };
    if (isDeepStrictEqual(before, status)) return;
    if (verdict.state === 'stalled' && !isStalledSo(before, verdict))
      this.#tell('Warning', E.stalled, verdict.message);
    const { client } = this.#deps;
    const object = { apiVersion, kind, metadata: { name, namespace }, status };
    await client.apply(this.#kind.resource, object, {
      ...{ signal: this.#signal, fieldManager: STATUS_MANAGER },
      ...{ force: true, subresource: 'status' },
    });
  }

  #tell(type: 'Normal' | 'Warning', reason: AccountEventReason, note: string): void {
    const action = type === 'Normal' ? 'Reconcile' : 'Check';
    this.#deps.events.record({ regarding: this.#object, type, reason, action, note });
  }
}

/** It was told before. */
function isStalledSo(status: Readonly<Record<string, unknown>>, { message }: Verdict): boolean {
  const conditions = (status['conditions'] ?? []) as readonly Condition[];
  return conditions.some(
    (it) => it.type === 'Stalled' && it.status === 'True' && it.message === message,
  );
}

function waitFor(outcome: string, of: Outcome, nowMs: number): ReconcileResult {
  const requeueAfterMs = retryAfterMs(of, nowMs);
  return requeueAfterMs === null ? { outcome } : { outcome, requeueAfterMs };
}
