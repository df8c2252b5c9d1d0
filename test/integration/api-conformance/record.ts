/** Records what a real kube-apiserver answers to every case: `node --conditions=@radondb/source record.ts`. */
import { findKubeParts } from '@radondb/scripts';
import { startControlPlane } from '../../support/kube/control-plane.ts';
import { ALL_CASES } from './all-cases.ts';
import { defineKinds } from './prepare.ts';
import { writeRecordedKubectl, writeRecording } from './recording.ts';
import { runCase } from './run-case.ts';
import { startTestWebhook } from './webhook.ts';

const { kubectl } = await findKubeParts(['kubectl'], { env: process.env, build: 'never' });
const plane = await startControlPlane({ signal: new AbortController().signal });
const webhook = await startTestWebhook();
try {
  await defineKinds(plane);
  for (const [index, it] of ALL_CASES.entries()) {
    await writeRecording(it.name, await runCase({ ...plane, webhook }, it, `conformance-${index}`));
  }
  await writeRecordedKubectl(kubectl.version);
} finally {
  await webhook.close();
  await plane.stop();
}
