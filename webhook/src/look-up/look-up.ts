import type { Facts, Reference } from '../review/facts.ts';

/** Looks whether other objects exist. */
export interface LookUp {
  /** Undefined when it cannot be found out. May throw, which counts as that. */
  exists(reference: Reference, signal: AbortSignal): Promise<boolean | undefined>;
}

/** A review is answered within kube-apiserver's five seconds whether or not others answer us. Milliseconds. */
export const LOOK_UP_DEADLINE_MS = 500;

/**
 * What is known of the references before the deadline. A look-up that fails or takes longer leaves
 * its object out: it only ever leads to a warning, and a review does not wait for that.
 */
export async function gatherFacts(
  references: readonly Reference[],
  lookUp: LookUp,
  deadlineMs: number = LOOK_UP_DEADLINE_MS,
): Promise<Facts> {
  const controller = new AbortController();
  const late = new Promise<undefined>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const timer = setTimeout(() => controller.abort(new Error('it took too long')), deadlineMs);
  const find = async (reference: Reference): Promise<boolean | undefined> => {
    try {
      return await lookUp.exists(reference, controller.signal);
    } catch {
      return undefined;
    }
  };
  try {
    const found = await Promise.all(references.map((it) => Promise.race([find(it), late])));
    return { missing: references.filter((_, index) => found[index] === false) };
  } finally {
    clearTimeout(timer);
  }
}
