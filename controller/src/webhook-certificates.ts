/** The webhook's certificates are looked after by the controller that leads: the webhook itself writes nothing. */
import * as webhook from '@radondb/webhook/certificates';
import type { Logger } from 'pino';
import type { Transport } from './runtime/kube/transport.ts';
import type { WriteGuard } from './runtime/kube/write-guard.ts';

/** As the manifests call it. */
const NAMES = ['radondb-webhook.radondb-system.svc'];
const TIMEOUT_MS = 10_000;

/** Until the signal aborts. Never rejects: what fails is logged and tried again. */
export async function keepWebhookCertificates(options: {
  readonly transport: Transport;
  /** The leader's term: nothing is written after it. */
  readonly guard: WriteGuard;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}): Promise<void> {
  const { transport, guard, signal, logger } = options;
  await webhook.keepCertificates({
    store: webhook.kubeCertificateStore(kubeCall(transport, guard)),
    wishes: { names: NAMES, times: webhook.DEFAULT_CERTIFICATE_TIMES },
    ...{ now: () => Date.now(), signal, log: logger },
  });
}

function kubeCall(transport: Transport, guard: WriteGuard): webhook.KubeCall {
  return async ({ method, path, body, contentType }, signal) => {
    const { status, text } = await transport.send({
      ...{ method, path, signals: [signal, guard.signal], timeoutMs: TIMEOUT_MS },
      idempotent: method === 'GET',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), contentType: contentType ?? 'application/json' }),
      ...(method === 'GET' ? {} : { beforeSend: () => guard.assertHeld() }),
    });
    return { status, body: parse(text) };
  };
}

/** What is no JSON is a proxy's page: its status says enough. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
