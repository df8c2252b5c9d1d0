import { setTimeout as delay } from 'node:timers/promises';
import type { CounterValue, Transfer } from '../checker/operation.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { Answer, ServerIdentity, Session } from './ports.ts';

/** A session that is lost with its epoch. What was under way then has happened or not. */
export class FakeSession implements Session {
  readonly server: ServerIdentity;
  readonly #cluster: FakeCluster;
  readonly #epoch: number;

  constructor(cluster: FakeCluster, server: ServerIdentity) {
    this.#cluster = cluster;
    this.server = server;
    this.#epoch = cluster.epoch;
  }

  async insert({ key }: { readonly key: number }): Promise<Answer<null>> {
    return await this.#write(() => this.#cluster.rows.push(key));
  }

  async increment(counter: number): Promise<Answer<null>> {
    const { counters } = this.#cluster;
    return await this.#write(() => counters.set(counter, (counters.get(counter) ?? 0) + 1));
  }

  async readCounters(): Promise<Answer<readonly CounterValue[]>> {
    const older = this.#cluster.servesOldValues ? 1 : 0;
    return await this.#read(() =>
      [...this.#cluster.counters].map(([counter, n]) => ({
        counter,
        value: Math.max(0, n - older),
      })),
    );
  }

  async transfer(transfer: Transfer): Promise<Answer<null>> {
    const { balances, ledger } = this.#cluster;
    return await this.#write(() => {
      balances[transfer.from]! -= transfer.amount;
      balances[transfer.to]! += transfer.amount;
      ledger.push(transfer);
    });
  }

  async readBalances(): Promise<Answer<readonly number[]>> {
    return await this.#read(() => [...this.#cluster.balances]);
  }

  close(): void {
    // Nothing is held.
  }

  async #write(apply: () => unknown): Promise<Answer<null>> {
    await delay(1);
    if (this.#isLost()) return { outcome: 'fail', error: 'LOST_BEFORE', broken: true };
    apply();
    await delay(1);
    if (this.#isLost()) return { outcome: 'unknown', error: 'LOST', broken: true };
    return { outcome: 'ok', value: null };
  }

  async #read<T>(look: () => T): Promise<Answer<T>> {
    await delay(1);
    if (this.#isLost()) return { outcome: 'fail', error: 'LOST', broken: true };
    return { outcome: 'ok', value: look() };
  }

  #isLost(): boolean {
    return this.#epoch !== this.#cluster.epoch || !this.#cluster.isOpen;
  }
}
