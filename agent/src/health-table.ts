/** The last health report of every member, and since when its raft connection is broken; kept by every agent, so that a new leader knows at once. */
import type { MemberHealth } from '@radondb/api';
import type { Clock } from './ports.ts';

interface Heard {
  readonly health: MemberHealth;
  readonly heardAtMs: number;
}

const OVERTAKING_MS = 1_000;

export class HealthTable {
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();
  readonly #brokenSinceMs = new Map<string, number>();
  readonly #servedAtMs = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #startedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.monotonicMs();
  }

  of(member: string): Heard | null {
    return this.#heard.get(member) ?? null;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * A report that overtook a newer one is ignored; sequences begin with the unix time of the agent's start, so that a new life goes on. A clock
   * that was set back in between must not silence the member: nothing overtakes by OVERTAKING_MS.
   */
  hear(health: MemberHealth): void {
    const known = this.#heard.get(health.member);
    const heardAtMs = this.#clock.monotonicMs();
    const overtaken = known !== undefined && known.health.sequence > health.sequence;
    if (overtaken && heardAtMs - known.heardAtMs < OVERTAKING_MS) return;
    this.#heard.set(health.member, { health, heardAtMs });
    if (health.serving !== null)
      this.#servedAtMs.set(`${health.member} ${health.serving}`, heardAtMs);
    for (const listener of this.#listeners) listener();
  }

  /** For how long the member's connection has been broken now; null while it holds. */
  disconnectedMs(member: string, connected: boolean): number | null {
    if (connected) {
      this.#brokenSinceMs.delete(member);
      return null;
    }
    const since = this.#brokenSinceMs.get(member) ?? this.#clock.monotonicMs();
    this.#brokenSinceMs.set(member, since);
    return this.#clock.monotonicMs() - since;
  }

  /** Since the member last said that it serves `epoch`; a report that grows old counts too. */
  notServingMs(member: string, epoch: number): number {
    return (
      this.#clock.monotonicMs() - (this.#servedAtMs.get(`${member} ${epoch}`) ?? this.#startedAtMs)
    );
  }
}
