/** Looks at kube-apiserver with the pod's own service account. */
import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import type { Reference } from '../review/facts.ts';
import type { LookUp } from './look-up.ts';

export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority that signed its certificate. */
  readonly caFile: string;
  /** Read for each request: tokens are replaced every hour. */
  readonly tokenFile: string;
}

/** Names and labels only: the content of a Secret must not come into this process. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const MAXIMUM_SOCKETS = 8;

export function apiServerLookUp(address: ApiServerAddress): LookUp & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: MAXIMUM_SOCKETS });
  return {
    async exists(reference, signal) {
      const [ca, token] = await Promise.all([
        readFile(address.caFile),
        readFile(address.tokenFile, 'utf8'),
      ]);
      const status = await getStatus({
        agent,
        ca,
        signal,
        host: address.host,
        port: address.port,
        path: pathOf(reference),
        headers: { accept: METADATA_ONLY, authorization: `Bearer ${token.trim()}` },
      });
      // 403: this installation does not let the webhook look; then there is nothing to say.
      if (status === 200) return true;
      return status === 404 ? false : undefined;
    },
    close: () => agent.destroy(),
  };
}

function pathOf({ kind, namespace, name }: Reference): string {
  const prefixes = { Secret: '/api/v1', MysqlCluster: '/apis/radondb.com/v1' } as const;
  const resources = { Secret: 'secrets', MysqlCluster: 'mysqlclusters' } as const;
  const [where, what] = [namespace, name].map(encodeURIComponent);
  return `${prefixes[kind]}/namespaces/${where}/${resources[kind]}/${what}`;
}

function getStatus(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
