import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOlder } from '../../src/kube/inspect.ts';
import { KUBE_PARTS } from '../../src/kube/parts.ts';
import { PINS_DIR, pinnedVersion } from '../../src/kube/pins.ts';

const readPins = (folder: string) => readFile(join(PINS_DIR, folder, 'go.mod'), 'utf8');

test('each part is pinned in its go.mod and stands among its tools', async () => {
  for (const { module, main, pins } of Object.values(KUBE_PARTS)) {
    const goMod = await readPins(pins);
    assert.match(pinnedVersion(goMod, module), /^\d+\.\d+\.\d+$/);
    const tools = [...goMod.matchAll(/^(?:tool )?\t?(\S+)$/gm)].map((it) => it[1]);
    assert.ok(tools.includes(main), `${main} is no tool of ${pins}/go.mod`);
  }
});

test('every staging module is the one of the pinned Kubernetes', async () => {
  const goMod = await readPins('.');
  const replaced = [...goMod.matchAll(/^\t(\S+) => (\S+) v0\.(\S+)$/gm)];
  assert.ok(replaced.length > 30);
  const staging = pinnedVersion(goMod, 'k8s.io/kubernetes').replace(/^1\./, '');
  for (const [, from, to, version] of replaced) assert.deepEqual([to, version], [from, staging]);
});

test('a module that is only replaced is not pinned', () => {
  const goMod = 'require k8s.io/kubernetes v1.36.3\nreplace k8s.io/api => k8s.io/api v0.36.3\n';
  assert.equal(pinnedVersion(goMod, 'k8s.io/kubernetes'), '1.36.3');
  assert.throws(() => pinnedVersion(goMod, 'k8s.io/api'), /requires no version of k8s\.io\/api/);
});

test('versions are compared as numbers', () => {
  assert.equal(isOlder('1.9.11', '1.34'), true);
  assert.equal(isOlder('1.34.0', '1.34'), false);
  assert.equal(isOlder('2.0.0', '1.34'), false);
  assert.equal(isOlder('1.100.0', '1.34'), false);
});
