/** A fake API server with one cluster, and members whose agents answer what a test says. */
import { type AccountsAnswer, type AccountsRequest, tlsSecretName } from '@radondb/api';
import type { AccountEventReason } from '../../src/accounts/reasons.ts';
import {
  DATABASE_INDICES,
  databasesOf,
  USER_INDICES,
  usersOf,
} from '../../src/accounts/sources.ts';
import { authoritySecretName } from '../../src/desired/secrets.ts';
import { MemberError, type MemberTarget } from '../../src/members/member-client.ts';
import { createMysqlDatabaseReconcile } from '../../src/reconcilers/mysql-database/reconcile.ts';
import { createMysqlUserReconcile } from '../../src/reconcilers/mysql-user/reconcile.ts';
import {
  type KubeObject,
  keyOf,
  type ObjectName,
  type Resource,
} from '../../src/runtime/kube-object.ts';
import type { EventToRecord, KubeClient, ReconcileResult } from '../../src/runtime/ports.ts';
import { type IndexFunctions, ObjectStore } from '../../src/runtime/reflector/object-store.ts';
import {
  MYSQL_CLUSTERS,
  MYSQL_DATABASES,
  MYSQL_USERS,
  NAMESPACES,
  PODS,
  SECRETS,
} from '../../src/runtime/resources.ts';
import { aFakeApi, silent, type TestApi } from '../support/builders.ts';

export const DONE: AccountsAnswer = {
  done: true,
  changes: [],
  problems: [],
  oldPasswordUntilMs: null,
};
export const START_MS = Date.parse('2026-01-01T00:00:00Z');

type Answer = AccountsAnswer | 'unreachable' | 'late' | { readonly notPrimary: string | null };

export class World implements AsyncDisposable {
  nowMs = START_MS;
  readonly asked: { readonly member: string; readonly request: AccountsRequest }[] = [];
  readonly events: EventToRecord<AccountEventReason>[] = [];
  /** What a member says. */
  answer: (member: string, request: AccountsRequest) => Answer = () => DONE;
  readonly #api: TestApi;

  constructor(api: TestApi) {
    this.#api = api;
  }

  static async open(spec: object = {}): Promise<World> {
    const world = new World(await aFakeApi());
    await world.put(NAMESPACES, { name: 'shop' }, {}, { team: 'a' });
    await world.put(NAMESPACES, { name: 'other' }, {}, { team: 'b' });
    await world.put(MYSQL_CLUSTERS, { namespace: 'shop', name: 'demo' }, { spec });
    await world.setStatus(
      MYSQL_CLUSTERS,
      { namespace: 'shop', name: 'demo' },
      { primary: 'demo-1' },
    );
    for (const name of ['demo-0', 'demo-1', 'demo-2']) {
      await world.put(PODS, { namespace: 'shop', name });
      await world.setStatus(PODS, { namespace: 'shop', name }, { podIP: '10.0.0.1' });
    }
    await world.secret({ namespace: 'shop', name: tlsSecretName('demo') }, { 'ca.crt': 'ca' });
    await world.secret(
      { namespace: 'shop', name: authoritySecretName('demo') },
      { 'operator.crt': 'c', 'operator.key': 'k' },
    );
    return world;
  }

  get client(): KubeClient {
    return this.#api.client;
  }

  get writes(): number {
    return this.#api.server.writes.length;
  }

  /** Everything that is stored, and every event: where no secret may be. */
  dump(): string {
    const kinds = [MYSQL_USERS, MYSQL_DATABASES, MYSQL_CLUSTERS];
    return JSON.stringify([kinds.map((kind) => this.#list(kind)), this.events]);
  }

  async put(
    resource: Resource,
    name: ObjectName,
    fields: object = {},
    labels: Record<string, string> = {},
  ): Promise<KubeObject> {
    const { group, version, kind } = resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const object = { apiVersion, kind, metadata: { ...name, labels }, ...fields };
    const { signal } = this.#api;
    return await this.client.apply(resource, object, { signal, fieldManager: 'test', force: true });
  }

  async setStatus(resource: Resource, name: ObjectName, status: object): Promise<void> {
    const patch = { type: 'merge', value: { status } } as const;
    const { signal } = this.#api;
    await this.client.patch(resource, name, patch, { signal, subresource: 'status' });
  }

  async secret(name: ObjectName, texts: Record<string, string | Buffer>): Promise<void> {
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    );
    await this.put(SECRETS, name, { data });
  }

  async patch(resource: Resource, name: ObjectName, value: object): Promise<void> {
    const { signal } = this.#api;
    await this.client.patch(resource, name, { type: 'merge', value }, { signal });
  }

  async delete(resource: Resource, name: ObjectName): Promise<void> {
    await this.client.delete(resource, name, { signal: this.#api.signal });
  }

  read = (resource: Resource, name: ObjectName): KubeObject | undefined =>
    this.#list(resource).find((object) => keyOf(object.metadata) === keyOf(name));

  async reconcileUser(key: string, client: KubeClient = this.client): Promise<ReconcileResult> {
    const store = this.#store(MYSQL_USERS, USER_INDICES);
    const deps = { ...this.#deps(client), usersOf: usersOf(store) };
    return await createMysqlUserReconcile(deps)(key, this.#context());
  }

  async reconcileDatabase(key: string, client: KubeClient = this.client): Promise<ReconcileResult> {
    const store = this.#store(MYSQL_DATABASES, DATABASE_INDICES);
    const deps = { ...this.#deps(client), databasesOf: databasesOf(store) };
    return await createMysqlDatabaseReconcile(deps)(key, this.#context());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  #context() {
    return { signal: this.#api.signal, logger: silent, failures: 0 };
  }

  #deps(client: KubeClient) {
    return {
      ...{ client, read: this.read, now: () => this.nowMs },
      events: {
        record: (event: EventToRecord<AccountEventReason>) => void this.events.push(event),
      },
      members: {
        accounts: async ({ member }: MemberTarget, request: AccountsRequest) => {
          this.asked.push({ member, request });
          const answer = this.answer(member, request);
          if (answer === 'unreachable')
            throw new MemberError(`${member} does not answer: ECONNREFUSED`, 'UNREACHABLE');
          if (answer === 'late') throw new MemberError(`${member}: not in time`, 'TIMEOUT');
          if ('done' in answer) return answer;
          const details = answer.notPrimary === null ? [] : [answer.notPrimary];
          throw new MemberError(
            `${member}: not the open primary`,
            'NOT_PRIMARY',
            undefined,
            details,
          );
        },
      },
    };
  }

  #store(resource: Resource, indexes: IndexFunctions<KubeObject>): ObjectStore<KubeObject> {
    const store = new ObjectStore<KubeObject>(indexes);
    for (const object of this.#list(resource)) {
      const { uid, resourceVersion } = object.metadata;
      store.put({ key: keyOf(object.metadata), uid, resourceVersion, object });
    }
    return store;
  }

  #list({ group, version, plural }: Resource): KubeObject[] {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const query = new URLSearchParams();
    return this.#api.server.state.list({ apiVersion, plural, namespace: '', query });
  }
}

export function conditionsOf(object: KubeObject | undefined): Record<string, string> {
  const { conditions = [] } = (object?.['status'] ?? {}) as {
    conditions?: readonly { type: string; status: string; reason: string }[];
  };
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

export function messageOf(object: KubeObject | undefined, type = 'Ready'): string {
  const { conditions = [] } = (object?.['status'] ?? {}) as {
    conditions?: readonly { type: string; message: string }[];
  };
  return conditions.find((condition) => condition.type === type)?.message ?? '';
}
