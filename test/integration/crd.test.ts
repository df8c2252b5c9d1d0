import { startControlPlane } from '../support/kube/control-plane.ts';
import { whyNoControlPlane } from '../support/kube/find.ts';
import { describeKinds } from './crd/suite.ts';

const START_WITHIN_MS = 120_000;

describeKinds(
  'a real kube-apiserver',
  await whyNoControlPlane(),
  async () => await startControlPlane({ signal: AbortSignal.timeout(START_WITHIN_MS) }),
);
