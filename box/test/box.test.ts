import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MysqlCluster } from '@radondb/api';
import { createKubeClient, createTransport } from '@radondb/controller/runtime/index';
import { connectByKubeconfig } from '@radondb/controller/runtime/kube/kubeconfig-connection';
import { SECRETS } from '@radondb/controller/runtime/resources';
import { type Box, startBox } from '../src/box.ts';
import { isTrue } from '../src/cluster/cluster-view.ts';
import { readLocalState } from '../src/cluster/local-state.ts';
import { connectBox } from '../src/control/client.ts';
import { boxLayout, clusterLayout, memberLayout } from '../src/data-folder/layout.ts';
import { BoxFailedError, HeldError, NotFoundError, SpecRefusedError } from '../src/errors.ts';
import { findOrphans } from '../src/processes/orphans.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

const FAKE_AGENT = fileURLToPath(new URL('./fake-agent.ts', import.meta.url));

const aCluster = (name = 'demo', replicas = 3): MysqlCluster => ({
  apiVersion: 'radondb.com/v1',
  kind: 'MysqlCluster',
  metadata: { name },
  spec: { replicas },
});

/** A box whose agents are fakes and whose mysqld is only asked for its version. */
async function start(t: TestContext, root: string, clusters = [aCluster()]): Promise<Box> {
  const box = await startBox({
    dataFolder: root,
    clusters,
    env: process.env,
    command: 'test',
    signal: t.signal,
    onProgress: () => {},
    onChange: () => {},
    onDown: () => {},
    agentEntryPoint: FAKE_AGENT,
    tools: {
      mysqld: {
        version: '9.7.4',
        source: 'path',
        mysqld: { file: '/bin/false', args: [] },
        mysql: null,
        mysqlbinlog: null,
        mysqldump: null,
        serverArgs: [],
        pluginDir: '/nowhere',
        root: null,
        passedOver: [],
        notes: [],
      },
      setpriv: null,
    },
  });
  t.after(() => box.kill());
  return box;
}

async function ready(box: Box): Promise<MysqlCluster> {
  return await waitFor('Ready', () => {
    const [view] = box.views();
    return view !== undefined && isTrue(view.cluster, 'Ready') && view.cluster;
  });
}

test('a cluster becomes Ready, tells its processes and keeps what it is', async (t) => {
  const root = join(temporaryFolder(t), 'data');
  const layout = boxLayout(root);
  const box = await start(t, root);
  const { status } = await ready(box);
  assert.equal(status?.primary, 'demo-0');
  const first = await readLocalState(clusterLayout(layout, 'demo').stateFile);
  assert.equal(status?.endpoints?.primary, `127.0.0.1:${first?.ports.primary}`);
  for (const member of status?.members ?? []) {
    const pid = member.local?.agentPid ?? 0;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    assert.match(words, /--cluster-config.*cluster\.json/);
    assert.doesNotMatch(words, /password/);
  }
  const [view] = box.views();
  assert.equal(view?.members[0]?.connections, 7);

  const client = await connectBox(layout);
  const [cluster] = (await client?.clusters()) ?? [];
  assert.equal(cluster?.metadata.name, 'demo');
  const order = { to: null, timeoutMs: 1_000 };
  await assert.rejects(client!.switchover('demo', order), (error: Error) => {
    assert(error instanceof BoxFailedError);
    assert.match(error.message, /this agent is not real/);
    return true;
  });
  await assert.rejects(client!.switchover('other', order), NotFoundError);
  await assert.rejects(client!.switchover('demo', { ...order, to: 'x' }), /demo-0, demo-1, demo-2/);
  await assert.rejects(start(t, root), HeldError);

  assert.deepEqual((await findOrphans(layout.root)).map(({ kind }) => kind).toSorted(), [
    'agent',
    'agent',
    'agent',
    'control-plane',
  ]);
  await box.stop();
  assert.deepEqual(await findOrphans(layout.root), []);
  assert.equal(await connectBox(layout), null);

  const again = await start(t, root);
  await ready(again);
  const second = await readLocalState(clusterLayout(layout, 'demo').stateFile);
  assert.deepEqual(second, first, 'ports stay');
  await again.stop();
});

test('an agent that dies is back, and the cluster Ready again', async (t) => {
  const box = await start(t, join(temporaryFolder(t), 'data'), [aCluster('demo', 1)]);
  const before = (await ready(box)).status?.members?.[0]?.local?.agentPid ?? 0;
  process.kill(before, 'SIGKILL');
  await waitFor('another agent', async () => {
    const after = (await ready(box)).status?.members?.[0]?.local?.agentPid ?? 0;
    return after !== before && after > 0;
  });
  await box.stop();
});

test('passwords are random, in files that only their owner reads, and in no other', async (t) => {
  const root = join(temporaryFolder(t), 'data');
  const box = await start(t, root, [aCluster('demo', 1)]);
  await ready(box);
  const files = clusterLayout(boxLayout(root), 'demo');
  const internal = await secret(root, 'demo-internal');
  const { password } = JSON.parse(readFileSync(files.credentialsFile, 'utf8'));
  const passwords = [internal['agent'] ?? '', internal['replication'] ?? '', String(password)];
  assert.equal(new Set(passwords).size, 3);
  assert.ok(
    passwords.every((it) => it.length === 32),
    'MySQL cuts SOURCE_PASSWORD off after 32',
  );
  assert.equal(statSync(files.credentialsFile).mode & 0o777, 0o600);
  assert.equal(statSync(files.clientFile).mode & 0o777, 0o600);
  const member = memberLayout(files, 'demo-0');
  const page = await (await fetch(box.page ?? '')).text();
  const layout = boxLayout(root);
  const others = [member.agentLog, files.lastStatusFile, layout.boxLog, layout.controlPlaneLog];
  for (const words of [page, ...others.map((it) => readFileSync(it, 'utf8'))]) {
    for (const password of passwords) assert.equal(words.includes(password), false);
  }
  await box.stop();
});

async function secret(root: string, name: string): Promise<Readonly<Record<string, string>>> {
  const path = boxLayout(root).kubeconfig;
  const transport = createTransport(await connectByKubeconfig({ kind: 'file', path }));
  const client = createKubeClient({ transport });
  const signal = AbortSignal.timeout(10_000);
  const object = await client.get(SECRETS, { namespace: 'default', name }, { signal });
  transport.close();
  return Object.fromEntries(
    Object.entries(object['data'] as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  );
}

test('another number of members, and another cluster, are refused with nothing changed', async (t) => {
  const root = join(temporaryFolder(t), 'data');
  const box = await start(t, root, [aCluster('demo', 1)]);
  await ready(box);
  await box.stop();
  const { stateFile, specFile } = clusterLayout(boxLayout(root), 'demo');
  const before = readFileSync(stateFile, 'utf8') + readFileSync(specFile, 'utf8');
  await assert.rejects(start(t, root, [aCluster('demo', 3)]), (error: Error) => {
    assert(error instanceof SpecRefusedError);
    assert.match(error.message, /spec\.replicas is 3, the cluster has 1 members/);
    return true;
  });
  await assert.rejects(start(t, root, [aCluster('other', 1)]), /holds the cluster demo/);
  assert.equal(readFileSync(stateFile, 'utf8') + readFileSync(specFile, 'utf8'), before);
});

test('a state that is damaged or of a newer version is refused', async (t) => {
  const root = join(temporaryFolder(t), 'data');
  const box = await start(t, root, [aCluster('demo', 1)]);
  await box.stop();
  const { stateFile } = clusterLayout(boxLayout(root), 'demo');
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(stateFile, '{"format":9}');
  await assert.rejects(start(t, root, [aCluster('demo', 1)]), /newer version/);
  writeFileSync(stateFile, '{"format":1}');
  await assert.rejects(start(t, root, [aCluster('demo', 1)]), /state\.json is damaged/);
});
