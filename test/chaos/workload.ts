import { History } from '../checker/history.ts';
import type { Random } from '../checker/random.ts';
import { Client, writerChoice } from './client.ts';
import type { ChaosDatabase, WorkloadShape } from './ports.ts';
import { Prober } from './prober.ts';
import { type Tally, TallyKeeper } from './tally.ts';
import { nowMs } from './wait.ts';

/** Keys of one process: process × this + index, well below 2^53. */
const KEYS_OF_A_PROCESS = 1_000_000_000;
const READS_EVERY_MS = 50;
const WRITER_DEADLINES = { connectMs: 1_000, statementMs: 3_000 };
/** A new connection soon, so that what is measured is the cluster and not our patience. */
const PROBER_DEADLINES = { connectMs: 500, statementMs: 750 };
/** The reader holds on to a connection through a stop of its server, to see whether a woken one serves old values. */
const READER_DEADLINES = { connectMs: 1_000, statementMs: 12_000 };

export interface WorkloadOptions {
  readonly database: ChaosDatabase;
  readonly random: Random;
  readonly clients: number;
  /** Operations a second, all clients together. */
  readonly rate: number;
  readonly shape: WorkloadShape;
}

/** Everything that talks to the primary endpoint during the run. */
export class Workload {
  readonly history = new History(() => Math.round(nowMs() * 1e6));
  readonly prober: Prober;
  readonly #clients: readonly Client[];
  readonly #tally = new TallyKeeper();
  readonly #ending = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: WorkloadOptions) {
    const { clients, rate, random } = options;
    const common = { ...options, history: this.history, tally: this.#tally, keys: keyOf };
    const writers = Array.from({ length: clients }, (_, process) => {
      return new Client({
        ...common,
        process,
        random: random.fork(`client ${process}`),
        deadlines: WRITER_DEADLINES,
        everyMs: (1_000 * clients) / rate,
        choose: writerChoice,
      });
    });
    const reader = new Client({
      ...common,
      process: clients,
      random: random.fork('reader'),
      deadlines: READER_DEADLINES,
      everyMs: READS_EVERY_MS,
      choose: () => 'read-counters',
    });
    this.#clients = [...writers, reader];
    this.prober = new Prober({ ...common, process: clients + 1, deadlines: PROBER_DEADLINES });
  }

  start(): void {
    const { signal } = this.#ending;
    this.#running = Promise.all([
      ...this.#clients.map((client) => client.run(signal)),
      this.prober.run(keyOf, signal),
    ]);
  }

  /** Resolves when every operation has its ending. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  tally(): Tally {
    return this.#tally.snapshot(this.#clients.reduce((sum, { refused }) => sum + refused, 0));
  }

  errors(): Readonly<Record<string, number>> {
    return this.#tally.errors();
  }
}

function keyOf(process: number, index: number): number {
  return process * KEYS_OF_A_PROCESS + index;
}
