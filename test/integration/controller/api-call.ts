/** One call to the API server as its administrator, without a process for each. */
import { request } from 'node:https';
import type { ControlPlane } from '../../support/kube/control-plane.ts';

/** JSON as it is. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind, looked at by tests
export type Json = any;

/** The answer's body; null for 404 and 409. @throws Error with the server's message for any other failure */
export async function apiCall(
  plane: ControlPlane,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Json> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, plane.url),
      {
        ...{ method, ca: plane.caPem },
        headers: {
          authorization: `Bearer ${plane.token}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        signal: AbortSignal.timeout(10_000),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status === 404 || status === 409) return resolve(null);
          if (status < 300) return resolve(JSON.parse(text));
          reject(new Error(`${method} ${path}: ${status} ${text}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
