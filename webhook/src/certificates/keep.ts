import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { type RotationOptions, rotateCertificates } from './rotate.ts';

export interface KeepOptions extends Omit<RotationOptions, 'onStep'> {
  readonly log: Logger;
  /** Between looks when there is nothing to do: how long a bundle that was overwritten stays wrong. Milliseconds. */
  readonly checkMs?: number;
}

const CHECK_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Makes the webhook's certificates and rotates them until the signal aborts. One process at a time is
 * enough (the elected controller); several do no harm, since each write needs what it has read.
 */
export async function keepCertificates(options: KeepOptions): Promise<void> {
  const { log, now, signal, checkMs = CHECK_MS } = options;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    let waitMs: number;
    try {
      const untilMs = await rotateCertificates({
        ...options,
        onStep: (step) => {
          log.info({ step: step.do, ...('why' in step && { why: step.why }) }, 'certificate step');
        },
      });
      waitMs = Math.min(Math.max(untilMs - now(), 0), checkMs);
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the certificates of the webhook could not be looked after');
      waitMs = retryMs;
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
    // Aborted in the meantime: the loop's condition ends it.
    await setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
