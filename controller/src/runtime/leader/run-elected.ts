/** Leader election by a Lease: of all processes that run this, one at a time works. */
import type { Logger } from 'pino';
import { type Clock, leaseClock, sleep } from '../clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/api-error.ts';
import type { ObjectName } from '../kube-object.ts';
import type { KubeClient } from '../ports.ts';
import { LEASES } from '../resources.ts';
import {
  type LeaseRecord,
  leaseObject,
  nextLeaseStep,
  type Observation,
  observe,
  parseLease,
} from './lease-record.ts';
import { Term } from './term.ts';

export interface LeaseTimes {
  /** After this long without a renewal others take over. Milliseconds. */
  readonly leaseDurationMs: number;
  /** After this long without a renewal the leader stops, well before the others start. Milliseconds. */
  readonly renewDeadlineMs: number;
  /** Between renewals, and between looks of a candidate. Milliseconds. */
  readonly retryMs: number;
  /** How long work that has been fenced may take to end before the process counts as broken. Milliseconds. */
  readonly endOfWorkMs: number;
}

export const LEASE_TIMES: LeaseTimes = Object.freeze({
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
  endOfWorkMs: 10_000,
});

export interface ElectionOptions {
  /** Not a fenced one. */
  readonly client: KubeClient;
  readonly lease: ObjectName;
  /** Unique for each start of a process, so that a restarted one does not take its former self for itself. */
  readonly identity: string;
  /** Graceful stop: a leader ends its work, then gives the lease back, so that the next one need not wait. */
  readonly stop: AbortSignal;
  /**
   * The work. It stops when `stop` aborts, in its own time, and at once when term.signal aborts; all its writes go
   * through a client guarded by the term. When it resolves, the lease is given back and the election ends.
   */
  readonly work: (term: Term) => Promise<void>;
  /** Called when the holder seen in the lease changes; empty when nobody holds it. */
  readonly onLeaderChange?: (leader: { readonly identity: string; readonly isMe: boolean }) => void;
  readonly logger: Logger;
  readonly times?: LeaseTimes;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** For the times written into the lease. */
  readonly wallClock?: () => Date;
}

/**
 * Campaigns, works, and campaigns again after a lost term, until `stop` aborts or the work resolves.
 * @throws what the work rejects with (unless its term was lost), or WorkNotEndedError
 */
export async function runElected(options: ElectionOptions): Promise<void> {
  const times = options.times ?? LEASE_TIMES;
  const { leaseDurationMs, renewDeadlineMs, retryMs } = times;
  if (!(retryMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs))
    throw new RangeError('lease times: retryMs < renewDeadlineMs < leaseDurationMs must hold');
  await new Election(options, times).run();
}

/** Fenced work did not end: the process cannot be trusted with another term and should exit. */
export class WorkNotEndedError extends Error {
  override readonly name = 'WorkNotEndedError';
  readonly code = 'WORK_NOT_ENDED';

  constructor(afterMs: number) {
    super(`the leader's work did not end within ${afterMs} ms of losing the lease`);
  }
}

class Election {
  readonly #options: ElectionOptions;
  readonly #times: LeaseTimes;
  readonly #clock: Clock;
  readonly #random: () => number;
  #seen: Observation | null = null;
  #leader: string | null = null;

  constructor(options: ElectionOptions, times: LeaseTimes) {
    this.#options = options;
    this.#times = times;
    this.#clock = options.clock ?? leaseClock;
    this.#random = options.random ?? Math.random;
  }

  async run(): Promise<void> {
    const { stop } = this.#options;
    while (!stop.aborted) {
      const term = await this.#campaign();
      if (term === null) return;
      if (await this.#serve(term)) return;
    }
  }

  /** Resolves with a term, or with null when stopped. */
  async #campaign(): Promise<Term | null> {
    const { stop, logger } = this.#options;
    while (!stop.aborted) {
      try {
        const term = await this.#tryAcquire();
        if (term !== null) return term;
      } catch (error) {
        if (stop.aborted) return null;
        logger.warn(
          { err: error, lease: this.#options.lease },
          'the lease cannot be read or written',
        );
      }
      try {
        await sleep(this.#clock, this.#times.retryMs * (0.8 + 0.4 * this.#random()), stop);
      } catch {
        return null;
      }
    }
    return null;
  }

  async #tryAcquire(): Promise<Term | null> {
    const { stop, identity } = this.#options;
    const seen = await this.#look(stop);
    if (seen !== null) {
      const step = nextLeaseStep(seen, identity, this.#clock.now());
      if (step.kind === 'wait') return null;
    }
    const sentAt = this.#clock.now();
    if (!(await this.#write(seen?.record ?? null, identity, stop))) return null;
    const { renewDeadlineMs } = this.#times;
    const term = new Term({ clock: this.#clock, renewDeadlineMs, sentAt });
    // The answer may have taken so long that the term is over before it began.
    return term.isHeld ? term : null;
  }

  /** Reads the lease afresh; null when there is none. */
  async #look(signal: AbortSignal): Promise<Observation | null> {
    const { client, lease } = this.#options;
    try {
      const object = await client.get(LEASES, lease, { signal, timeoutMs: this.#callMs() });
      const record = parseLease(object, this.#times.leaseDurationMs);
      this.#noticed(record);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#seen = null;
    }
    return this.#seen;
  }

  /** True when the lease says now what we wrote; false when somebody was faster. */
  async #write(
    replaces: LeaseRecord | null,
    identity: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client, lease, wallClock } = this.#options;
    const object = leaseObject({
      name: lease,
      identity,
      durationMs: identity === '' ? 1000 : this.#times.leaseDurationMs,
      time: wallClock?.() ?? new Date(),
      replaces,
    });
    const options = { signal, timeoutMs: this.#callMs() };
    try {
      const written =
        replaces === null
          ? await client.create(LEASES, object, options)
          : await client.replace(LEASES, object, options);
      this.#noticed(parseLease(written, this.#times.leaseDurationMs));
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  /** A call that hangs must leave time for another try before the deadline. */
  #callMs(): number {
    return Math.max(this.#times.retryMs, this.#times.renewDeadlineMs / 2);
  }

  #noticed(record: LeaseRecord): void {
    this.#seen = observe(this.#seen, record, this.#clock.now());
    if (record.holder === this.#leader) return;
    this.#leader = record.holder;
    const { identity, onLeaderChange, logger } = this.#options;
    logger.info({ leader: record.holder, identity }, 'leader changed');
    onLeaderChange?.({ identity: record.holder, isMe: record.holder === identity });
  }

  /** Works for one term. True when the election is over, false when the term was lost. */
  async #serve(term: Term): Promise<boolean> {
    const { work, stop, logger } = this.#options;
    const over = new AbortController();
    const renewing = this.#renew(term, AbortSignal.any([over.signal, term.signal]));
    const working = work(term);
    const ended = working.then(
      () => 'ended' as const,
      () => 'ended' as const,
    );
    await Promise.race([ended, lost(term)]);
    if (term.signal.aborted) await this.#endOfWork(ended);
    over.abort();
    await renewing;
    if (!term.isHeld) {
      logger.warn({ err: term.signal.reason }, 'term lost');
      await working.catch((error: unknown) => {
        logger.debug({ err: error }, 'the work ended with its term');
      });
      return stop.aborted;
    }
    await this.#release();
    term.end('the lease was given back');
    await working;
    return true;
  }

  async #endOfWork(ended: Promise<'ended'>): Promise<void> {
    const { endOfWorkMs } = this.#times;
    const patience = new AbortController();
    const late = sleep(this.#clock, endOfWorkMs, patience.signal).then(() => 'late' as const);
    // Rejects when the work has ended, which is what is wanted.
    late.catch(() => {});
    const first = await Promise.race([ended, late]);
    patience.abort();
    if (first === 'late') throw new WorkNotEndedError(endOfWorkMs);
  }

  async #renew(term: Term, signal: AbortSignal): Promise<void> {
    const { retryMs } = this.#times;
    let waitMs = retryMs;
    while (!signal.aborted) {
      try {
        await sleep(this.#clock, waitMs, signal);
        const outcome = await this.#renewOnce(term, signal);
        // Only the version was wrong: an earlier renewal arrived and its answer did not. Once without waiting.
        waitMs = outcome === 'still-mine' && waitMs > 0 ? 0 : retryMs;
      } catch (error) {
        if (signal.aborted) return;
        waitMs = retryMs;
        this.#options.logger.warn({ err: error }, 'the lease could not be renewed; tries again');
      }
    }
  }

  async #renewOnce(term: Term, signal: AbortSignal): Promise<'renewed' | 'still-mine' | 'lost'> {
    const { identity } = this.#options;
    const sentAt = this.#clock.now();
    // First of all: after a pause of the process the term is over, and must end before it is renewed.
    if (!term.isHeld) return 'lost';
    const mine = this.#seen?.record;
    if (mine !== undefined && (await this.#write(mine, identity, signal)))
      return term.renewed(sentAt) ? 'renewed' : 'lost';
    const seen = await this.#look(signal);
    if (seen?.record.holder === identity) return 'still-mine';
    term.end(seen === null ? 'the lease was deleted' : `${seen.record.holder} holds the lease`);
    return 'lost';
  }

  /** Best effort: the next leader waits for the lease's end otherwise. */
  async #release(): Promise<void> {
    const mine = this.#seen?.record;
    if (mine === undefined || mine.holder !== this.#options.identity) return;
    try {
      await this.#write(mine, '', AbortSignal.timeout(this.#times.retryMs));
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the lease could not be given back');
    }
  }
}

function lost(term: Term): Promise<'lost'> {
  return new Promise((resolve) => {
    if (term.signal.aborted) return resolve('lost');
    term.signal.addEventListener('abort', () => resolve('lost'), { once: true });
  });
}
