/** Records what a real kube-apiserver answers to every case: `node --conditions=@radondb/source record.ts`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane } from '../../support/kube/control-plane.ts';
import { kubectl } from '../../support/kube/kubectl.ts';
import { ALL_CASES } from './all-cases.ts';
import { runCase } from './run-case.ts';
import { WIDGET_CRD } from './widget-crd.ts';

const plane = await startControlPlane({ signal: new AbortController().signal });
try {
  const applied = await kubectl(plane, ['apply', '-f', '-'], { stdin: WIDGET_CRD });
  if (applied.code !== 0) throw new Error(applied.stderr);
  await kubectl(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s']);
  for (const [index, it] of ALL_CASES.entries()) {
    const text = await runCase(plane, it, `conformance-${index}`);
    await writeFile(
      join(import.meta.dirname, 'golden', `${it.name.replaceAll(' ', '-')}.txt`),
      text,
    );
  }
} finally {
  await plane.stop();
}
