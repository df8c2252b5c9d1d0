import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKubeParts } from '../../src/kube/find.ts';
import type { BuildProgress } from '../../src/kube/types.ts';
import { aGo, aMachine, aProgram } from './builders.ts';

const countLines = async (file: string) =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').length - 1;

test('a missing program is built into the cache, with progress, and found there the next time', async (t) => {
  const machine = await aMachine(t);
  const builds = await aGo(machine);
  const progress: BuildProgress[] = [];
  const options = {
    ...machine,
    build: 'when-missing',
    onProgress: (it: BuildProgress) => progress.push(it),
  } as const;
  const first = await findKubeParts(['etcd'], options);
  assert.equal(first.etcd.source, 'built');
  assert.equal(first.etcd.version, '3.6.8');
  assert.ok(first.etcd.file.startsWith(`${machine.cacheDir}/etcd-3.6.8-`));
  const again = await findKubeParts(['etcd'], options);
  assert.equal(again.etcd.source, 'cache');
  assert.equal(again.etcd.file, first.etcd.file);
  assert.equal(await countLines(builds), 1);
  assert.match(await readFile(builds, 'utf8'), / -trimpath .* go\.etcd\.io\/etcd\/server\/v3\n/);
  assert.deepEqual(
    progress.map((it) => `${it.step} ${it.detail}`),
    [
      'list the list of packages',
      'download example.test/a',
      'compile 0 of 3 packages',
      'compile 1 of 3 packages',
      'compile 2 of 3 packages',
      'verify that it starts',
    ],
  );
  assert.deepEqual(await readdir(machine.cacheDir), [first.etcd.file.split('/').at(-2)]);
});

test('the pinned version is linked into a program that cannot know it', async (t) => {
  const machine = await aMachine(t);
  const builds = await aGo(machine, { says: 'Client Version: v1.36.3' });
  await findKubeParts(['kubectl'], { ...machine, build: 'when-missing' });
  assert.match(await readFile(builds, 'utf8'), /-X k8s\.io\S*\.gitVersion=v1\.36\.3 /);
});

test('two that build at once leave one program, built once', async (t) => {
  const machine = await aMachine(t);
  const builds = await aGo(machine);
  const options = { ...machine, build: 'when-missing' } as const;
  const [one, two] = await Promise.all([
    findKubeParts(['etcd'], options),
    findKubeParts(['etcd'], options),
  ]);
  assert.equal(one.etcd.file, two.etcd.file);
  assert.equal(await countLines(builds), 1);
});

test('only what is missing is built', async (t) => {
  const machine = await aMachine(t);
  const builds = await aGo(machine);
  await aProgram(join(machine.bin, 'kubectl'), 'kubectl');
  const found = await findKubeParts(['etcd', 'kubectl'], { ...machine, build: 'when-missing' });
  assert.equal(found.kubectl.source, 'path');
  assert.equal(found.etcd.source, 'built');
  assert.equal(await countLines(builds), 1);
});

test('a failed build leaves nothing and says what go said', async (t) => {
  const machine = await aMachine(t);
  const failWith = async (
    part: { build?: string; says?: string },
    code: string,
    message: RegExp,
  ) => {
    await aGo(machine, part);
    const find = findKubeParts(['etcd'], { ...machine, build: 'when-missing' });
    await assert.rejects(find, { code, message });
    assert.deepEqual(await readdir(machine.cacheDir), []);
  };
  const said = (text: string) => ({ build: `printf 'example.test/a\\n${text}\\n' >&2; exit 1` });
  await failWith(
    said('# a/b\\n./x.go:1:2: undefined: y'),
    'build-failed',
    /etcd cannot be built \(# a\/b; \.\/x\.go:1:2: undefined: y\)/,
  );
  await failWith(said('write /x: no space left on device'), 'disk-full', /no space left/);
  await failWith(
    said('Get "https://mirror.test/": dial tcp: lookup mirror.test'),
    'offline',
    /proxy cannot be reached/,
  );
  await failWith(
    { says: 'hello' },
    'build-failed',
    /The built etcd cannot be used: it says no ver/,
  );
});

test('without Go, or with one that refuses the go.mod, the message says which Go is needed', async (t) => {
  const machine = await aMachine(t);
  const find = () =>
    findKubeParts(['etcd'], { ...machine, env: { PATH: machine.bin }, build: 'when-missing' });
  await assert.rejects(find(), {
    code: 'go-missing',
    message: /^etcd must be built, and there is no go on PATH\. Install Go 1\.26 or newer/,
  });
  const words = 'go: go.mod requires go >= 1.26.0 (running go 1.19)';
  await writeFile(join(machine.bin, 'go'), `#!/bin/sh\necho '${words}' >&2; exit 1\n`, {
    mode: 0o755,
  });
  await assert.rejects(find(), { code: 'go-unusable', message: /requires go >= 1\.26\.0/ });
});

test('a build that is stopped ends go and leaves neither lock nor folder', async (t) => {
  const machine = await aMachine(t);
  await aGo(machine, { build: 'exec sleep 60' });
  const stop = new AbortController();
  const find = findKubeParts(['etcd'], {
    ...machine,
    build: 'when-missing',
    signal: stop.signal,
    onProgress: ({ step }) => step === 'compile' && stop.abort(new Error('enough')),
  });
  await assert.rejects(find, /enough/);
  assert.deepEqual(await readdir(machine.cacheDir), []);
});
