import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '@radondb/box/api-server/index';
import { findKubeParts } from '@radondb/scripts';
import { describeKinds, type Server } from './crd/suite.ts';

const LOG = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

/** The executable, or why there is none. */
const kubectl = await findKubeParts(['kubectl'], { env: process.env, build: 'never' }).then(
  (found) => found.kubectl.file,
  (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
);

async function start(): Promise<Server> {
  if (kubectl instanceof Error) throw kubectl;
  const directory = await mkdtemp(join(tmpdir(), 'radondb-crd-'));
  const dataDir = join(directory, 'api');
  const { signal } = new AbortController();
  const server = await startApiServer({ dataDir, log: LOG, signal });
  return {
    kubectlFile: kubectl,
    adminKubeconfigPath: server.kubeconfigPath,
    directory,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

// Where nobody reads the output a missing program must be a failure.
const skip = kubectl instanceof Error && process.env['CI'] !== 'true' ? kubectl.message : false;

describeKinds("the box's API server", skip, start);
