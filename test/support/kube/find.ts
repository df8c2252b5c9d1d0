import { CONTROL_PLANE, findKubeParts, type KubeProgram } from '@radondb/scripts';

/** The programs that a control plane and its tests need. */
export type ControlPlanePrograms = Readonly<Record<(typeof CONTROL_PLANE)[number], KubeProgram>>;

let found: Promise<ControlPlanePrograms> | null = null;

/** Never builds: that takes minutes, and is `npm run tools -- --kube`. @throws KubeMissingError */
export async function findControlPlane(): Promise<ControlPlanePrograms> {
  // Each search starts every program once; a test file starts many control planes.
  found ??= findKubeParts(CONTROL_PLANE, { env: process.env, build: 'never' });
  return await found;
}

/**
 * For a test's `skip`: why there can be no control plane here, or false. With CI=true it is always
 * false: where nobody reads the output a missing program must be a failure, which starting it is.
 */
export async function whyNoControlPlane(): Promise<string | false> {
  if (process.env['CI'] === 'true') return false;
  return await findControlPlane().then(
    () => false as const,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
