import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import { PRODUCT_CRDS } from './cases/product.ts';
import { WIDGET_CRD } from './widget-crd.ts';

/** Defines the kinds that the cases use. @throws Error with what kubectl said. */
export async function defineKinds(target: KubectlTarget): Promise<void> {
  const all = [WIDGET_CRD, ...PRODUCT_CRDS].join('\n---\n');
  for (const [args, stdin] of [
    [['apply', '-f', '-'], all],
    [['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'], ''],
  ] as const) {
    const { code, stderr } = await kubectl(target, args, { stdin });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }
}
