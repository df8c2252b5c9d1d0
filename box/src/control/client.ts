import { request } from 'node:http';
import {
  type MysqlCluster,
  parseApiError,
  parseSwitchoverAnswer,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { BoxLayout } from '../data-folder/layout.ts';
import { BoxFailedError, NotFoundError, systemCode } from '../errors.ts';
import { isRecord } from '../files/read-json.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { type ControlAddress, readControlAddress } from './address.ts';
import type { BoxInfo } from './server.ts';

/** The running box of a data folder, as the command line sees it. */
export interface BoxClient {
  info(): Promise<BoxInfo>;
  clusters(): Promise<readonly MysqlCluster[]>;
  /** The same with what only people look at. */
  views(): Promise<readonly ClusterView[]>;
  /** @throws BoxFailedError in the agent's words when it is refused; NotFoundError for an unknown cluster. */
  switchover(cluster: string, order: SwitchoverRequest): Promise<SwitchoverAnswer>;
  down(): Promise<void>;
}

const ANSWER_WITHIN_MS = 5_000;

/** @returns null when no box runs here. */
export async function connectBox(layout: BoxLayout): Promise<BoxClient | null> {
  const address = await readControlAddress(layout);
  if (address === null) return null;
  const client = boxClient(address);
  try {
    await client.info();
    return client;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET') return null;
    throw error;
  }
}

function boxClient(address: ControlAddress): BoxClient {
  const ask = (method: string, path: string, options?: AskOptions): Promise<unknown> =>
    send(address, method, path, options ?? {});
  return {
    // The box is this same version: its answers need no parser, unlike those of agents.
    info: async () => (await ask('GET', '/v1/info')) as BoxInfo,
    clusters: async () => {
      const answer = await ask('GET', '/v1/clusters');
      return isRecord(answer) ? (answer['items'] as readonly MysqlCluster[]) : [];
    },
    views: async () => {
      const answer = await ask('GET', '/v1/views');
      return isRecord(answer) ? (answer['items'] as readonly ClusterView[]) : [];
    },
    switchover: async (cluster, order) => {
      const path = `/v1/clusters/${encodeURIComponent(cluster)}/switchover`;
      const withinMs = order.timeoutMs + ANSWER_WITHIN_MS;
      return parseSwitchoverAnswer(await ask('POST', path, { body: order, withinMs }));
    },
    down: async () => {
      await ask('POST', '/v1/down');
    },
  };
}

interface AskOptions {
  readonly body?: object;
  readonly withinMs?: number;
}

async function send(
  address: ControlAddress,
  method: string,
  path: string,
  options: AskOptions,
): Promise<unknown> {
  const withinMs = options.withinMs ?? ANSWER_WITHIN_MS;
  const target =
    address.kind === 'socket'
      ? { socketPath: address.path }
      : { host: LOOPBACK, port: address.port };
  const headers = {
    ...(address.kind === 'port' && { authorization: `Bearer ${address.token}` }),
    ...(options.body && { 'content-type': 'application/json' }),
  };
  const signal = AbortSignal.timeout(withinMs);
  const { status, text } = await new Promise<{ status: number; text: string }>(
    (resolve, reject) => {
      const outgoing = request({ ...target, method, path, headers, signal }, (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (body += chunk));
        answer.once('error', reject);
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: body }));
      });
      outgoing.once('error', (error) =>
        reject(
          signal.aborted
            ? new BoxFailedError(`The box did not answer within ${withinMs / 1_000} s`, {
                cause: error,
              })
            : error,
        ),
      );
      outgoing.end(options.body && JSON.stringify(options.body));
    },
  );
  const value: unknown = JSON.parse(text);
  if (status >= 200 && status < 300) return value;
  const { code, message } = parseApiError(value);
  throw code === 'not-found' ? new NotFoundError(message) : new BoxFailedError(message);
}
