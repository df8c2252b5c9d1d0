import { secretAfter } from './apply-step.ts';
import { type CertificateStep, type CertificateWishes, decideCertificateStep } from './decide.ts';
import { type CertificateStore, StoreConflictError } from './store.ts';

/** A first start takes two steps, a rotation's longest run three; more is two writers in a fight. */
const MAXIMUM_STEPS = 10;

export interface RotationOptions {
  readonly store: CertificateStore;
  readonly wishes: CertificateWishes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Hears of each step that changes something, before it is done. */
  readonly onStep?: (step: CertificateStep) => void;
}

/** The steps never came to rest: somebody else writes other bundles or another Secret. */
export class RotationUnsettledError extends Error {
  override readonly name = 'RotationUnsettledError';
  readonly code = 'ROTATION_UNSETTLED';
}

/**
 * Does what is to be done now and says when to look again (milliseconds since 1970; earlier whenever
 * the Secret or a configuration changes). Safe to be cut off anywhere and to be called again.
 *
 * @throws what the store throws, and RotationUnsettledError
 */
export async function rotateCertificates(options: RotationOptions): Promise<number> {
  const { store, wishes, now, signal, onStep } = options;
  for (let count = 0; count < MAXIMUM_STEPS; count += 1) {
    signal.throwIfAborted();
    const [stored, bundles] = await Promise.all([
      store.readSecret(signal),
      store.readBundles(signal),
    ]);
    const nowMs = now();
    const step = decideCertificateStep(nowMs, { secret: stored?.data ?? null, bundles }, wishes);
    if (step.do === 'wait') return step.untilMs;
    onStep?.(step);
    try {
      if (step.do === 'trust') {
        for (const name of step.configurations) await store.writeBundle(name, step.bundle, signal);
      } else {
        const data = await secretAfter(step, stored?.data ?? {}, nowMs, wishes);
        await store.writeSecret(data, stored?.resourceVersion ?? null, signal);
      }
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error;
    }
  }
  throw new RotationUnsettledError(
    'the certificates of the webhook do not come to rest: does something else write its Secret or its caBundle?',
  );
}
