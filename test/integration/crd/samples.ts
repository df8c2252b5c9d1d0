import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import { run } from './applied.ts';

const SAMPLES = fileURLToPath(new URL('../../../manifests/samples/', import.meta.url));

/** Every sample as a person uses it, and GitOps tools after that: what was applied is what is there. */
export function describeSamples(target: () => KubectlTarget): void {
  describe('take the samples', () => {
    for (const [index, file] of readdirSync(SAMPLES).sort().entries()) {
      it(`${file}: applied, it differs from nothing`, async () => {
        const IN = ['-n', `crd-sample-${index}`];
        await run(target(), ['create', 'namespace', `crd-sample-${index}`]);
        await run(target(), ['apply', ...IN, '-f', `${SAMPLES}${file}`]);
        await assertNoDifference(target(), [...IN, '-f', `${SAMPLES}${file}`]);
        const again = await run(target(), ['apply', ...IN, '-f', `${SAMPLES}${file}`]);
        assert.doesNotMatch(again, /configured|created/);
      });

      it(`${file}: applied by the server, it differs from nothing`, async () => {
        const IN = ['-n', `crd-sample-server-${index}`];
        await run(target(), ['create', 'namespace', `crd-sample-server-${index}`]);
        const applied = ['--server-side', ...IN, '-f', `${SAMPLES}${file}`];
        await run(target(), ['apply', ...applied]);
        await assertNoDifference(target(), applied);
      });
    }
  });
}

async function assertNoDifference(target: KubectlTarget, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await kubectl(target, ['diff', ...args]);
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
}
