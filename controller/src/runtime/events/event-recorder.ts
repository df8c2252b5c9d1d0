/** Sends events (events.k8s.io/v1) in the background. Reconciles never wait for it, and nothing depends on it. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { isNotFound } from '../kube/api-error.ts';
import { apiVersionOf, type ObjectToWrite } from '../kube-object.ts';
import type { EventRecorder, EventToRecord, KubeWriter } from '../ports.ts';
import { EVENTS } from '../resources.ts';
import { type BookedEvent, EVENT_LIMITS, EventBook, type EventLimits } from './event-book.ts';

export interface EventRecorderOptions<Reason extends string> {
  /** A fenced one: who is no longer leader has nothing to tell. */
  readonly client: KubeWriter;
  /** All there are: the reasons are part of the API. Another one is refused, loudly in tests and in the log. */
  readonly reasons: readonly Reason[];
  /** `radondb.com/controller`. */
  readonly reportingController: string;
  /** Which process: the pod's name. */
  readonly reportingInstance: string;
  readonly logger: Logger;
  readonly limits?: EventLimits;
  readonly clock?: Clock;
  readonly wallClock?: () => Date;
  readonly onDropped?: (why: 'too-many' | 'queue-full' | 'not-sent') => void;
}

export interface RunningEventRecorder<Reason extends string> extends EventRecorder<Reason> {
  /** Sends until the signal aborts, then what is left, for two seconds at most. Never rejects. Call it once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Waiting to be sent at once; what comes on top is dropped. */
const QUEUE_LIMIT = 1_000;
const SEND_TIMEOUT_MS = 5_000;
const FLUSH_MS = 2_000;
/** The API server's limits for note and action. */
const NOTE_BYTES = 1_024;
const NAME_CHARACTERS = 230;

export function createEventRecorder<Reason extends string>(
  options: EventRecorderOptions<Reason>,
): RunningEventRecorder<Reason> {
  return new BackgroundRecorder(options);
}

class BackgroundRecorder<Reason extends string> implements RunningEventRecorder<Reason> {
  readonly #options: EventRecorderOptions<Reason>;
  readonly #clock: Clock;
  readonly #reasons: ReadonlySet<string>;
  readonly #limits: EventLimits;
  readonly #book: EventBook;
  readonly #queue: BookedEvent[] = [];
  #wake: () => void = () => {};

  constructor(options: EventRecorderOptions<Reason>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#reasons = new Set(options.reasons);
    this.#limits = options.limits ?? EVENT_LIMITS;
    this.#book = new EventBook(this.#limits, newName);
  }

  record(event: EventToRecord<Reason>): void {
    const { logger, onDropped } = this.#options;
    if (!this.#reasons.has(event.reason)) {
      logger.error({ reason: event.reason }, 'an event has a reason that is not declared');
      return;
    }
    const booking = this.#book.book(event, this.#clock.now());
    if (booking.kind === 'too-many') onDropped?.('too-many');
    if (booking.kind !== 'tell') return;
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.#book.forget(booking.booked.name);
      onDropped?.('queue-full');
      return;
    }
    this.#queue.push(booking.booked);
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    // What is under way when the stop comes may still arrive.
    const end = new AbortController();
    let cancel = (): void => {};
    const stopped = (): void => {
      cancel = this.#clock.setTimer(FLUSH_MS, () => end.abort(signal.reason));
    };
    signal.addEventListener('abort', stopped, { once: true });
    if (signal.aborted) stopped();
    while (!signal.aborted) {
      await this.#sendAll(end.signal);
      await this.#pause(signal);
    }
    this.#queue.push(...this.#book.takeRepeats(this.#clock.now(), true));
    await this.#sendAll(end.signal);
    cancel();
  }

  /** Until something is there, or the counts of repeated events are due. */
  async #pause(signal: AbortSignal): Promise<void> {
    if (this.#queue.length > 0) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    try {
      await sleep(this.#clock, this.#limits.countEveryMs, either);
      this.#queue.push(...this.#book.takeRepeats(this.#clock.now()));
    } catch {
      // Woken, or stopped: the caller looks which.
    }
    this.#wake = () => {};
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      try {
        await this.#send(next, signal);
      } catch (error) {
        this.#book.forget(next.name);
        this.#options.onDropped?.('not-sent');
        this.#options.logger.debug({ err: error, reason: next.event.reason }, 'event not sent');
      }
    }
  }

  async #send(booked: BookedEvent, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const options = { signal, timeoutMs: SEND_TIMEOUT_MS };
    if (booked.count === 1) {
      await client.create(EVENTS, this.#eventObject(booked), options);
      return;
    }
    const name = { namespace: namespaceOf(booked), name: booked.name };
    const value = { series: { count: booked.count, lastObservedTime: this.#microTime() } };
    try {
      await client.patch(EVENTS, name, { type: 'merge', value }, options);
    } catch (error) {
      // Events live for an hour: it is told as a new one next time.
      if (!isNotFound(error)) throw error;
      this.#book.forget(booked.name);
    }
  }

  #eventObject(booked: BookedEvent): ObjectToWrite {
    const { regarding, event } = booked;
    const { reportingController, reportingInstance } = this.#options;
    return {
      apiVersion: apiVersionOf(EVENTS),
      kind: EVENTS.kind,
      metadata: { namespace: namespaceOf(booked), name: booked.name },
      eventTime: this.#microTime(),
      reportingController,
      reportingInstance: reportingInstance.slice(0, 128),
      action: event.action.slice(0, 128),
      reason: event.reason,
      regarding,
      ...(event.related === undefined ? {} : { related: event.related }),
      note: cut(event.note, NOTE_BYTES),
      type: event.type,
    };
  }

  #microTime(): string {
    const time = this.#options.wallClock?.() ?? new Date();
    return time.toISOString().replace('Z', '000Z');
  }
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf(booked: BookedEvent): string {
  return booked.regarding.namespace ?? 'default';
}

function newName(object: string): string {
  return `${object.slice(0, NAME_CHARACTERS)}.${randomBytes(8).toString('hex')}`;
}

/** At most `bytes` of UTF-8, no character cut in half. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  const mark = '…';
  let end = bytes - Buffer.byteLength(mark);
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.subarray(0, end).toString('utf8') + mark;
}
