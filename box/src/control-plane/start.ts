/** The Kubernetes API of this machine with everything of ours that works on it: webhook and controller. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runControllers } from '@radondb/controller/controller';
import { createRuntimeMetrics } from '@radondb/controller/runtime/index';
import { createSources } from '@radondb/controller/sources';
import { startWebhook, TlsHolder } from '@radondb/webhook';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { type ApiServer, startApiServer } from '../api-server/index.ts';
import { openPki } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { clientOf } from './connection.ts';
import { installAdmission, installDefinitions } from './definitions.ts';
import { OPERATOR_IMAGE } from './operator-image.ts';

/** Where the controller would run. */
const OPERATOR_NAMESPACE = 'radondb-system';
/** Who the controller is: the webhooks leave alone what it writes. */
const CONTROLLER = {
  username: `system:serviceaccount:${OPERATOR_NAMESPACE}:radondb-controller`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${OPERATOR_NAMESPACE}`],
};
const MYSQL_IMAGES = { '9.7': 'mysql:9.7', '8.4': 'mysql:8.4' } as const;

export interface ControlPlaneOptions {
  readonly dataDir: string;
  /** Of the API; default: any free one. */
  readonly port?: number;
  /** Three numbers of the loopback that Services get their addresses in. */
  readonly serviceNetwork: string;
  /** Folder with our manifests: `crds/` and `base/`. */
  readonly manifests: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface ControlPlane {
  readonly api: ApiServer;
  close(): Promise<void>;
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dataDir, logger, signal, port = 0, serviceNetwork } = options;
  const end = new AbortController();
  const api = await startApiServer({
    ...{ dataDir, port, serviceNetwork, log: logger },
    signal: end.signal,
  });
  const { client, close } = clientOf(api);
  await installDefinitions(client, join(options.manifests, 'crds'), signal);
  const tls = await (await openPki(join(dataDir, 'pki'))).member('webhook');
  const webhook = await startWebhook({
    tls: new TlsHolder({
      certificate: await readFile(tls.certFile, 'utf8'),
      key: await readFile(tls.keyFile, 'utf8'),
    }),
    listen: { host: LOOPBACK, port: 0 },
    settings: { images: MYSQL_IMAGES },
    log: logger,
  });
  const url = `https://${LOOPBACK}:${webhook.port}`;
  const caPem = await readFile(tls.caFile, 'utf8');
  await installAdmission(client, join(options.manifests, 'base'), { url, caPem }, signal);
  const controller = clientOf({ ...api, token: api.issueToken(CONTROLLER) });
  const sources = createSources({ client: controller.client, logger });
  const following = sources.run(end.signal);
  const stop = new AbortController();
  const controllers = runControllers({
    client: controller.client,
    sources,
    operator: {
      image: OPERATOR_IMAGE,
      namespace: OPERATOR_NAMESPACE,
      mysqlImages: MYSQL_IMAGES,
    },
    instance: `box-${process.pid}`,
    logger,
    metrics: createRuntimeMetrics(new Registry()),
    stop: stop.signal,
    fence: end.signal,
  });
  return {
    api,
    close: async () => {
      stop.abort(new Error('the control plane stops'));
      await controllers;
      end.abort(new Error('the control plane has stopped'));
      await following;
      await webhook.close(1_000);
      await api.close();
      controller.close();
      close();
    },
  };
}
