/** A process that wants to lead, with a clock of its own: it can be stopped in the middle of everything. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { LEASE_TIMES, type LeaseTimes, runElected } from '../../src/runtime/leader/run-elected.ts';
import { LeadershipLostError, type Term } from '../../src/runtime/leader/term.ts';
import { CONFIG_MAPS, LEASES } from '../../src/runtime/resources.ts';
import { aConfigMap, silent } from './builders.ts';
import { type DirectOptions, directTransport, type Fate } from './direct-transport.ts';
import type { ApiRequest, FakeApiServer } from './fake-api-server.ts';
import { ManualClock } from './manual-clock.ts';

export const LEASE = { namespace: 'default', name: 'leader' };

export class Candidate {
  readonly identity: string;
  readonly clock = new ManualClock();
  readonly stop = new AbortController();
  readonly terms: Term[] = [];
  readonly leaders: string[] = [];
  readonly done: Promise<void>;
  fate: (request: ApiRequest) => Fate = () => 'through';
  answersAfter: (request: ApiRequest) => Promise<void> = () => Promise.resolve();
  isPaused = false;
  /** How long the work takes to end after it was told to stop. Turns of the event loop. */
  turnsToStop = 0;
  writes = 0;
  #pausedMs = 0;
  readonly #server: FakeApiServer;

  constructor(
    server: FakeApiServer,
    identity: string,
    options: { readonly wallClock?: () => Date; readonly times?: LeaseTimes } = {},
  ) {
    this.identity = identity;
    this.#server = server;
    const direct: DirectOptions = {
      fate: (request) => this.fate(request),
      answersAfter: (request) => this.answersAfter(request),
    };
    this.done = runElected({
      client: createKubeClient({ transport: directTransport(server, direct) }),
      lease: LEASE,
      identity,
      stop: this.stop.signal,
      work: (term) => this.#work(term),
      onLeaderChange: (leader) => void this.leaders.push(leader.identity),
      logger: silent,
      times: options.times ?? LEASE_TIMES,
      clock: this.clock,
      random: () => 0.5,
      ...(options.wallClock === undefined ? {} : { wallClock: options.wallClock }),
    });
    this.done.catch(() => {});
  }

  /** Whether its own clock lets it write at this moment. */
  get isLeading(): boolean {
    return this.terms.at(-1)?.isHeld ?? false;
  }

  /** Lets time pass for it; a paused one notices when it resumes. */
  async advance(byMs: number): Promise<void> {
    if (this.isPaused) {
      this.#pausedMs += byMs;
      return;
    }
    this.clock.advance(byMs);
    await settle();
  }

  /** The first thing that runs after the pause is what was running: the work. */
  resume(): void {
    this.isPaused = false;
    this.clock.pause(this.#pausedMs);
    this.#pausedMs = 0;
  }

  /** One write, as its work does it all the time; false when it was refused for want of leadership. */
  async write(): Promise<boolean> {
    const guard = this.terms.at(-1);
    assert.ok(guard !== undefined, 'it has never led');
    const transport = directTransport(this.#server, {
      fate: (request) => this.fate(request),
      onWrite: () =>
        assert.equal(holderOf(this.#server), this.identity, 'a write without the lease'),
    });
    const client = createKubeClient({ transport, guard });
    const object = aConfigMap('work', { by: this.identity, n: String(this.writes) });
    const { signal } = new AbortController();
    try {
      await client.apply(CONFIG_MAPS, object, { signal, fieldManager: 'work', force: true });
      this.writes += 1;
      return true;
    } catch (error) {
      if (error instanceof LeadershipLostError) return false;
      throw error;
    }
  }

  async #work(term: Term): Promise<void> {
    this.terms.push(term);
    const ended = AbortSignal.any([term.signal, this.stop.signal]);
    await new Promise<void>((resolve) => {
      if (ended.aborted) return resolve();
      ended.addEventListener('abort', () => resolve(), { once: true });
    });
    for (let n = 0; n < this.turnsToStop; n += 1) await turn();
  }
}

/** Lets everything that does not wait for time come to rest. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 8; n += 1) await turn();
}

/** The holder of the lease as the server has it. */
export function holderOf(server: FakeApiServer): string {
  const [lease] = server.state.list({
    apiVersion: `${LEASES.group}/${LEASES.version}`,
    plural: LEASES.plural,
    namespace: LEASE.namespace,
    query: new URLSearchParams(),
  });
  return String((lease?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity ?? '');
}
