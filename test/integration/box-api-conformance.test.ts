import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startApiServer } from '@radondb/box/api-server/index';
import { findKubeParts } from '@radondb/scripts';
import { startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import type { KubectlTarget } from '../support/kube/kubectl.ts';
import { ALL_CASES } from './api-conformance/all-cases.ts';
import { productCases } from './api-conformance/cases/product.ts';
import { defineKinds } from './api-conformance/prepare.ts';
import { readRecording, recordedKubectl } from './api-conformance/recording.ts';
import { runCase, type Target } from './api-conformance/run-case.ts';
import { startTestWebhook, type TestWebhook } from './api-conformance/webhook.ts';

/** What a test needs of a server, and how it ends. */
interface Running extends Omit<Target, 'webhook'> {
  stop(): Promise<void>;
}

async function startBox(signal: AbortSignal): Promise<Running> {
  const { kubectl } = await findKubeParts(['kubectl'], { env: process.env, build: 'never' });
  const directory = await mkdtemp(join(tmpdir(), 'radondb-box-api-'));
  const quiet = { debug() {}, info() {}, warn() {} };
  const server = await startApiServer({ dataDir: join(directory, 'data'), log: quiet, signal });
  const target: KubectlTarget = {
    kubectlFile: kubectl.file,
    adminKubeconfigPath: server.kubeconfigPath,
    directory,
  };
  return {
    ...server,
    ...target,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The recordings hold kubectl's words, and other versions of it say the same otherwise. */
async function whyNotComparable(): Promise<string | false> {
  try {
    const { kubectl } = await findKubeParts(['kubectl'], { env: process.env, build: 'never' });
    const minor = (version: string) => version.split('.').slice(0, 2).join('.');
    const recorded = await recordedKubectl();
    if (minor(kubectl.version) === minor(recorded)) return false;
    return `kubectl here is ${kubectl.version}, the answers were recorded with ${recorded}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const why = await whyNotComparable();

function holdsTheRecordings(start: (signal: AbortSignal) => Promise<Running>): void {
  const ended = new AbortController();
  let server: Running | undefined;
  let webhook: TestWebhook | undefined;
  before(async () => {
    webhook = await startTestWebhook();
    server = await start(ended.signal);
    await defineKinds(server);
  });
  after(async () => {
    await server?.stop();
    await webhook?.close();
    ended.abort();
  });
  for (const [index, one] of ALL_CASES.entries()) {
    it(one.name, async () => {
      assert.ok(server !== undefined && webhook !== undefined);
      const answers = await runCase({ ...server, webhook }, one, `conformance-${index}`);
      assert.equal(answers, await readRecording(one.name));
    });
  }
}

describe("the box's API server answers as recorded", { skip: why }, () => {
  holdsTheRecordings(startBox);
});

describe('a real kube-apiserver answers as recorded', {
  skip: why || (await whyNoControlPlane()),
}, () => {
  holdsTheRecordings((signal) => startControlPlane({ signal }));
});

// Not recorded: our kinds change more often than Kubernetes does.
describe('both say the same about our own kinds', { skip: await whyNoControlPlane() }, () => {
  const ended = new AbortController();
  let box: Running | undefined;
  let real: Running | undefined;
  let webhook: TestWebhook | undefined;
  before(async () => {
    webhook = await startTestWebhook();
    box = await startBox(ended.signal);
    real = await startControlPlane({ signal: ended.signal });
    await Promise.all([defineKinds(box), defineKinds(real)]);
  });
  after(async () => {
    await Promise.all([box?.stop(), real?.stop(), webhook?.close()]);
    ended.abort();
  });
  for (const [index, one] of productCases.entries()) {
    it(one.name, async () => {
      assert.ok(box !== undefined && real !== undefined && webhook !== undefined);
      const namespace = `product-${index}`;
      const wanted = await runCase({ ...real, webhook }, one, namespace);
      assert.equal(await runCase({ ...box, webhook }, one, namespace), wanted);
    });
  }
});

describe('recordings', () => {
  it('are there for every case', async () => {
    for (const { name } of ALL_CASES) assert.notEqual(await readRecording(name), '');
  });
  it('have no two cases of one name', () => {
    const names = ALL_CASES.map((one) => one.name);
    assert.equal(new Set(names).size, names.length);
  });
  it('hold nothing of the machine they were made on', async () => {
    for (const { name } of ALL_CASES)
      assert.doesNotMatch(await readRecording(name), /\/(tmp|root|home)\//);
  });
});
