import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKubeParts } from '../../src/kube/find.ts';
import { KubeMissingError } from '../../src/kube/kube-missing-error.ts';
import { aScript } from '../builders.ts';
import { aCached, aMachine, aProgram } from './builders.ts';

test('a variable comes before KUBEBUILDER_ASSETS, that before PATH, that before the cache', async (t) => {
  const machine = await aMachine(t);
  const { dir, bin, env, cacheDir } = machine;
  const look = async (more: NodeJS.ProcessEnv) => {
    const options = { ...machine, env: { ...env, ...more }, build: 'never' } as const;
    const { etcd } = await findKubeParts(['etcd'], options);
    return [etcd.source, etcd.file];
  };
  const cached = await aCached(cacheDir, 'etcd');
  assert.deepEqual(await look({}), ['cache', cached]);
  await aProgram(join(bin, 'etcd'), 'etcd');
  assert.deepEqual(await look({}), ['path', join(bin, 'etcd')]);
  await aProgram(join(dir, 'assets/etcd'), 'etcd');
  const assets = { KUBEBUILDER_ASSETS: join(dir, 'assets') };
  assert.deepEqual(await look(assets), ['assets', join(dir, 'assets/etcd')]);
  await aProgram(join(dir, 'mine'), 'etcd');
  const mine = { ...assets, TEST_ASSET_ETCD: join(dir, 'mine') };
  assert.deepEqual(await look(mine), ['env', join(dir, 'mine')]);
});

test('an old or broken program on PATH is passed over with the reason', async (t) => {
  const machine = await aMachine(t);
  const { dir, cacheDir } = machine;
  await aProgram(join(dir, '1/kube-apiserver'), 'kube-apiserver', '1.9.11');
  await aScript(join(dir, '2/kube-apiserver'), 'echo "no such library" >&2; exit 127');
  await aScript(join(dir, '3/kube-apiserver'), 'echo hello');
  const cached = await aCached(cacheDir, 'kube-apiserver');
  const env = { PATH: [1, 2, 3].map((it) => join(dir, String(it))).join(':') };
  const found = await findKubeParts(['kube-apiserver'], { ...machine, env, build: 'never' });
  assert.equal(found['kube-apiserver'].file, cached);
  assert.equal(found['kube-apiserver'].version, '1.36.3');
  assert.deepEqual(found['kube-apiserver'].passedOver, [
    { path: join(dir, '1/kube-apiserver'), reason: 'it is 1.9.11, older than 1.34' },
    { path: join(dir, '2/kube-apiserver'), reason: 'it ends with 127: no such library' },
    { path: join(dir, '3/kube-apiserver'), reason: 'it says no version: hello' },
  ]);
});

test('a program in the cache without its stamp, or with another version in it, does not count', async (t) => {
  for (const stamp of [null, { version: '3.5.0' }, { part: 'kubectl' }]) {
    const machine = await aMachine(t);
    await aCached(machine.cacheDir, 'etcd', stamp);
    await assert.rejects(findKubeParts(['etcd'], { ...machine, build: 'never' }), {
      code: 'not-found',
    });
  }
});

test('an unusable variable is an error at once, although PATH has a good program', async (t) => {
  const machine = await aMachine(t);
  const { dir, bin, env } = machine;
  await aProgram(join(bin, 'etcd'), 'etcd');
  await aProgram(join(dir, 'old/etcd'), 'etcd', '3.4.9');
  const refuse = async (more: NodeJS.ProcessEnv, message: RegExp) => {
    const find = findKubeParts(['etcd'], { ...machine, env: { ...env, ...more }, build: 'never' });
    await assert.rejects(find, { code: 'env-unusable', message });
  };
  await refuse({ TEST_ASSET_ETCD: join(dir, 'none') }, /TEST_ASSET_ETCD=.*: there is no such file/);
  await refuse({ TEST_ASSET_ETCD: join(dir, 'old/etcd') }, /it is 3\.4\.9, older than 3\.5\. Corr/);
  await refuse({ KUBEBUILDER_ASSETS: join(dir, 'old') }, /KUBEBUILDER_ASSETS=.* for etcd: it is 3/);
  await refuse({ KUBEBUILDER_ASSETS: join(dir, 'none') }, /there is no such folder/);
});

test('what KUBEBUILDER_ASSETS does not have is looked for elsewhere', async (t) => {
  const machine = await aMachine(t);
  const assets = join(machine.dir, 'assets');
  await mkdir(assets);
  await aProgram(join(machine.bin, 'kubectl'), 'kubectl', '1.32.4');
  const env = { ...machine.env, KUBEBUILDER_ASSETS: assets };
  const { kubectl } = await findKubeParts(['kubectl'], { ...machine, env, build: 'never' });
  assert.equal(kubectl.source, 'path');
  assert.deepEqual(kubectl.passedOver, [
    { path: join(assets, 'kubectl'), reason: 'there is no such file' },
  ]);
});

test('everything that is missing is named at once, with the command that builds it', async (t) => {
  const machine = await aMachine(t);
  await aProgram(join(machine.bin, 'kubectl'), 'kubectl');
  const find = findKubeParts(['etcd', 'kube-apiserver', 'kubectl'], { ...machine, build: 'never' });
  await assert.rejects(find, (error) => {
    assert.ok(error instanceof KubeMissingError);
    assert.deepEqual(error.missing, ['etcd', 'kube-apiserver']);
    assert.equal(
      error.message,
      'etcd, kube-apiserver were not found. Build with npm run tools -- --kube (needs Go 1.26; ' +
        'minutes, once), or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.',
    );
    return true;
  });
});
