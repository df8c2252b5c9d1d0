/**
 * Keeps the role label on the pods, which the Services select by. Best effort and beside everything else: no failover waits for it,
 * and where the Kubernetes API is away the proxies route without it.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROLE_LABEL } from '@radondb/api';
import type { Cluster } from '../cluster.ts';
import { type ClusterState, currentPrimaryship } from '../core/cluster-log.ts';
import type { PodIdentity } from '../pod-settings.ts';
import type { Logger } from '../ports.ts';

/** Somebody may have edited a label, or a pod may have been made anew. Milliseconds. */
const REPEAT_MS = 30_000;
const RETRY_MS = 2_000;
const CALL_MS = 5_000;

/**
 * The labels that this member writes: its own, and as primary everybody's, since a former primary may be unable to. Empty while no
 * primary is open: then the last labels stay.
 */
export function rolesToWrite(
  state: ClusterState,
  member: string,
): ReadonlyMap<string, 'primary' | 'replica'> {
  const primary = currentPrimaryship(state)?.primary;
  if (state.phase !== 'open' || primary === undefined) return new Map();
  const names = primary === member ? state.config.voters : [member];
  // The new primary's label comes first: clients that come through a Service wait for nothing else.
  const ordered = [...names].sort((a, b) => Number(b === member) - Number(a === member));
  return new Map(ordered.map((name) => [name, name === primary ? 'primary' : 'replica'] as const));
}

/** Resolves when the signal aborts. */
export async function keepPodRoles(options: {
  readonly cluster: Cluster;
  readonly member: string;
  readonly identity: PodIdentity;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { cluster, member, identity, log, signal } = options;
  let wake = new AbortController();
  let shown = '';
  const stop = cluster.subscribe(() => {
    const wanted = JSON.stringify([...rolesToWrite(cluster.state, member)]);
    if (wanted === shown) return;
    shown = wanted;
    wake.abort();
  });
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      const roles = rolesToWrite(cluster.state, member);
      const results = await Promise.allSettled(
        [...roles].map(([pod, role]) => patchRole(identity, pod, role, signal)),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined && !signal.aborted)
        log.debug({ error: String(failed.reason) }, 'a role label was not written; tried again');
      await pause(failed === undefined ? REPEAT_MS : RETRY_MS, undefined, {
        signal: AbortSignal.any([signal, wake.signal]),
      }).catch(() => {});
    }
  } finally {
    stop();
  }
}

/** @throws Error when the API server is away or refuses. A pod that does not exist needs no label. */
async function patchRole(
  identity: PodIdentity,
  pod: string,
  role: string,
  signal: AbortSignal,
): Promise<void> {
  const { apiServer, namespace, serviceAccountFolder } = identity;
  // Read each time: the kubelet renews the token.
  const [token, ca] = await Promise.all([
    readFile(join(serviceAccountFolder, 'token'), 'utf8'),
    readFile(join(serviceAccountFolder, 'ca.crt')),
  ]);
  const body = JSON.stringify({ metadata: { labels: { [ROLE_LABEL]: role } } });
  await new Promise<void>((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: apiServer.host, port: apiServer.port, ca, method: 'PATCH' },
        path: `/api/v1/namespaces/${namespace}/pods/${pod}`,
        headers: {
          authorization: `Bearer ${token.trim()}`,
          'content-type': 'application/merge-patch+json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
      },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if ((status >= 200 && status < 300) || status === 404) resolve();
        else reject(new Error(`patching the label of pod ${pod}: HTTP status ${status}`));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
