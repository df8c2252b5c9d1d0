/**
 * What an API server alone does not have: the StatefulSet controller, a kubelet, and agents that answer over real TLS with the
 * certificates that the controller has made. The agents' cluster log is a number and a name.
 */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import {
  type AccountsAnswer,
  type AccountsRequest,
  type MemberReport,
  parseAccountsRequest,
  parseMemberReport,
} from '@radondb/api';
import { MEMBER_PORTS } from '@radondb/api/cluster-config';
import type { ControlPlane } from '../../support/kube/control-plane.ts';
import { apiCall, type Json } from './api-call.ts';

const LOOK_EVERY_MS = 100;
interface Answer {
  readonly status: number;
  readonly body: object;
}

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

export class FakeNodes {
  /** Name of the cluster → its log. */
  readonly logs = new Map<string, { epoch: number; primary: string | null }>();
  /** `POST /v1/switchover` and pods that went, in order. */
  readonly happened: string[] = [];
  /** What the primary's agent does with `POST /v1/accounts`; without it nobody answers that. */
  accounts: ((request: AccountsRequest) => Promise<AccountsAnswer>) | null = null;
  readonly #plane: ControlPlane;
  readonly #namespace: string;
  readonly #stop = new AbortController();
  readonly #agents = new Map<string, { readonly server: Server; readonly uid: string }>();
  readonly #addresses = new Map<string, string>();
  #running: Promise<void> = Promise.resolve();

  constructor(plane: ControlPlane, namespace: string) {
    this.#plane = plane;
    this.#namespace = namespace;
  }

  start(): void {
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const name of this.#agents.keys()) await this.#endAgent(name);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // An object that changed under the hand is looked at again in the next turn.
      await this.#turn().catch((error: unknown) => {
        if (!signal.aborted) this.happened.push(`fake nodes: ${String(error)}`);
      });
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #turn(): Promise<void> {
    const sets = await this.#get('/apis/apps/v1', 'statefulsets');
    for (const set of sets.items) await this.#keepPods(set);
    const pods = await this.#get('/api/v1', 'pods');
    const there = new Map<string, Json>(pods.items.map((pod: Json) => [pod.metadata.name, pod]));
    for (const [name, { uid }] of [...this.#agents]) {
      if (there.get(name)?.metadata.uid === uid) continue;
      this.happened.push(`${name} went`);
      await this.#endAgent(name);
    }
    for (const pod of there.values()) await this.#startAgent(pod);
    for (const set of sets.items) this.#elect(set.metadata.name, [...there.keys()]);
  }

  async #keepPods(set: Json): Promise<void> {
    const { name, generation } = set.metadata;
    const { replicas, template, volumeClaimTemplates } = set.spec;
    for (let i = 0; i < replicas; i += 1) {
      const pod = `${name}-${i}`;
      for (const claim of volumeClaimTemplates) {
        const metadata = { ...claim.metadata, name: `${claim.metadata.name}-${pod}` };
        await this.#create('persistentvolumeclaims', { ...claim, metadata });
      }
      const volumes = volumeClaimTemplates.map((claim: Json) => ({
        name: claim.metadata.name,
        persistentVolumeClaim: { claimName: `${claim.metadata.name}-${pod}` },
      }));
      await this.#create('pods', {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: pod } },
        spec: { ...template.spec, volumes: [...template.spec.volumes, ...volumes] },
      });
    }
    if (set.status?.observedGeneration === generation) return;
    const status = { observedGeneration: generation, replicas };
    const path = this.#path('/apis/apps/v1', `statefulsets/${name}/status`);
    await apiCall(this.#plane, 'PATCH', path, { status });
  }

  async #startAgent(pod: Json): Promise<void> {
    const { name, uid, deletionTimestamp } = pod.metadata;
    if (this.#agents.has(name) || deletionTimestamp !== undefined) return;
    const cluster = pod.metadata.labels['radondb.com/cluster'];
    const secret = await this.#get('/api/v1', `secrets/${cluster}-tls`);
    const pem = (key: string): string => Buffer.from(secret.data[key], 'base64').toString('utf8');
    const host = this.#addressOf(name);
    const server = createServer(
      {
        ...{ cert: pem(`${name}.crt`), key: pem(`${name}.key`), ca: pem('ca.crt') },
        ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
      },
      (request, response) => {
        const caller = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
        const send = ({ status, body }: Answer): void => {
          response.writeHead(caller === 'operator/controller' ? status : 403);
          response.end(JSON.stringify(body));
        };
        if (request.url === '/v1/accounts') {
          this.#answerAccounts(cluster, name, request).then(send, (error: unknown) => {
            this.happened.push(`accounts: ${String(error)}`);
            request.socket.destroy();
          });
        } else send(this.#answer(cluster, name, `${request.method} ${request.url}`));
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(MEMBER_PORTS.api, host, resolve);
    });
    this.#agents.set(name, { server, uid });
    const containerStatuses = [
      {
        ...{ name: 'mysql', image: 'x', imageID: 'x', ready: true, restartCount: 0, started: true },
        state: { running: { startedAt: new Date().toISOString() } },
      },
    ];
    const status = { phase: 'Running', podIP: host, podIPs: [{ ip: host }], containerStatuses };
    await apiCall(this.#plane, 'PATCH', this.#path('/api/v1', `pods/${name}/status`), { status });
  }

  async #endAgent(name: string): Promise<void> {
    const agent = this.#agents.get(name);
    this.#agents.delete(name);
    if (agent === undefined) return;
    agent.server.closeAllConnections();
    await new Promise<void>((resolve) => agent.server.close(() => resolve()));
  }

  #elect(cluster: string, pods: readonly string[]): void {
    const log = this.logs.get(cluster) ?? { epoch: 0, primary: null };
    this.logs.set(cluster, log);
    const running = this.#membersOf(cluster).filter((name) => pods.includes(name));
    if (log.primary !== null && !running.includes(log.primary)) log.primary = null;
    if (log.primary !== null || running.length < 2) return;
    log.primary = running[0] ?? null;
    log.epoch += 1;
  }

  #membersOf(cluster: string): readonly string[] {
    return [...this.#agents.keys()].filter((name) => name.replace(/-\d+$/, '') === cluster).sort();
  }

  async #answerAccounts(cluster: string, name: string, request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const primary = this.logs.get(cluster)?.primary ?? null;
    if (this.accounts === null || primary !== name) {
      const details = primary === null || primary === name ? [] : [primary];
      const body = { code: 'NOT_PRIMARY', message: 'not the open primary', details };
      return { status: 421, body };
    }
    const wanted = parseAccountsRequest(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    return { status: 200, body: await this.accounts(wanted) };
  }

  #answer(cluster: string, name: string, what: string): Answer {
    const log = this.logs.get(cluster) ?? { epoch: 0, primary: null };
    if (what === 'GET /v1/status') return { status: 200, body: reportOf(cluster, name, log) };
    if (what !== 'POST /v1/switchover') {
      return { status: 404, body: { code: 'NOT_FOUND', message: what, details: [] } };
    }
    const to = this.#membersOf(cluster).find((member) => member !== name) ?? name;
    this.happened.push(`${name} handed over`);
    log.epoch += 1;
    log.primary = to;
    return { status: 200, body: { from: name, to, epoch: log.epoch, writesShutMs: 12 } };
  }

  /** A loopback address for each pod's name: it stays when the pod is made anew. */
  #addressOf(name: string): string {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    const address = `127.83.${process.pid % 250}.${this.#addresses.size + 1}`;
    this.#addresses.set(name, address);
    return address;
  }

  #path(group: string, rest: string): string {
    return `${group}/namespaces/${this.#namespace}/${rest}`;
  }

  async #get(group: string, rest: string): Promise<Json> {
    return await apiCall(this.#plane, 'GET', this.#path(group, rest));
  }

  /** Nothing happens when it exists. */
  async #create(plural: string, object: object): Promise<void> {
    await apiCall(this.#plane, 'POST', this.#path('/api/v1', plural), object);
  }
}

function reportOf(
  cluster: string,
  member: string,
  { epoch, primary }: { epoch: number; primary: string | null },
): MemberReport {
  const isPrimary = member === primary;
  return parseMemberReport({
    ...{ member, clusterId: 'c', incarnation: 'i', agentPid: 1, mysqldPid: 2, dataDir: '/d' },
    ...{ startedAtMs: 1, role: isPrimary ? 'primary' : 'replica', voter: true, why: '' },
    ...{ state: isPrimary ? 'primary' : 'following', amnesiac: false, fenced: false },
    promise: epoch,
    raft: { id: 1, role: 'follower', leader: 1, term: 1, commitIndex: 9, appliedIndex: 9 },
    log: {
      ...{ epoch, phase: primary === null ? 'none' : 'open', primary, configVersion: 1, w: 1 },
      voters: [0, 1, 2].map((i) => `${cluster}-${i}`),
    },
    mysql: {
      ...{ version: '9.7.4', serverUuid: UUID, gtidExecuted: `${UUID}:1-9`, gtidRetrieved: '' },
      ...{ readOnly: !isPrimary, offline: false, connections: 0, lagMs: 0, source: null },
      ...{ ioRunning: true, sqlRunning: true, lastError: null, semiSyncSource: isPrimary },
      ...{ semiSyncReplica: !isPrimary, unsafeCommits: 0 },
    },
    ...{ errant: null, endpoints: { mysql: 'x:1', primary: 'x:2', replicas: 'x:3' } },
    ...{ findings: [], failovers: [], rssBytes: 1, eventLoopDelayP99Ms: 1 },
  });
}
