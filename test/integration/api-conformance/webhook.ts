import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueLeaf } from '@radondb/box/pki/issue';

/** A webhook for the cases: what it does stands in the path it is called at. */
export interface TestWebhook {
  readonly url: string;
  /** Base64 of PEM, as a caBundle has it. */
  readonly caBundle: string;
  close(): Promise<void>;
}

interface Review {
  readonly request: { uid: string; object: { spec: { mode?: string } } | null; operation: string };
}

/** @param names what its certificate is for, beside loopback */
export async function startTestWebhook(names: readonly string[] = []): Promise<TestWebhook> {
  const authority = await issueAuthority('conformance');
  const leaf = await issueLeaf(authority, 'webhook', ['localhost', ...names]);
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (path === '/silent') return;
      if (path === '/broken') {
        response.writeHead(200).end('this is not JSON');
        return;
      }
      const review = JSON.parse(text) as Review;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          ...review,
          response: { uid: review.request.uid, ...answer(path, review) },
        }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(path: string, { request }: Review): object {
  if (path === '/mutate' && request.operation !== 'DELETE') {
    const patch = [{ op: 'add', path: '/spec/config', value: { by: 'mutated' } }];
    return {
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    };
  }
  if (path === '/deny' && request.object?.spec.mode === 'odd') {
    const causes = [{ field: 'spec.mode', reason: 'FieldValueInvalid', message: 'odd is odd' }];
    return {
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'spec.mode: odd is odd',
        details: { causes },
      },
    };
  }
  return { allowed: true, ...(path === '/deny' && { warnings: ['this widget is even'] }) };
}
