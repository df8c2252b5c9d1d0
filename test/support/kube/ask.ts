import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';

const ANSWER_WITHIN_MS = 2_000;

/** Whether etcd behind this socket has a leader, which is itself. */
export async function isEtcdHealthy(socketPath: string): Promise<boolean> {
  return await isOk((onAnswer) => httpGet({ socketPath, path: '/health' }, onAnswer));
}

/** Whether the API server says that all its start-up work is done. */
export async function isApiServerReady(server: {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}): Promise<boolean> {
  const { caPem: ca, token } = server;
  const headers = { authorization: `Bearer ${token}` };
  // A connection of its own: a kept one could be to a server that is gone.
  const options = { ca, headers, agent: false };
  return await isOk((onAnswer) => httpsGet(`${server.url}/readyz`, options, onAnswer));
}

type Get = (onAnswer: (answer: IncomingMessage) => void) => ClientRequest;

async function isOk(get: Get): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get((answer) => {
      answer.resume();
      answer.once('close', () => resolve(answer.complete && answer.statusCode === 200));
    });
    request.once('error', () => resolve(false));
    request.setTimeout(ANSWER_WITHIN_MS, () => request.destroy(new Error('no answer')));
  });
}
