/** What the simulated clients did to a few registers, and whether one register each could have behaved so. */
import {
  checkLinearizability,
  type Model,
  type Operation,
  type Verdict,
} from './linearizability.ts';

export const REGISTERS = 3;

export type ClientInput =
  | { readonly register: number; readonly write: number }
  | { readonly register: number; readonly write: null };

const MODEL: Model<number, ClientInput, number> = {
  initial: 0,
  apply: (state, { write }, output) => {
    if (write !== null) return write;
    return output === undefined || output === state ? state : null;
  },
  key: String,
  part: ({ register }) => String(register),
};

/** The register that a write goes to. */
export function registerOf(write: number): number {
  return write % REGISTERS;
}

interface Write {
  readonly invokedAt: number;
  appliedAt: number | null;
}

export interface PendingRead {
  readonly register: number;
  readonly invokedAt: number;
}

export class ClientHistory {
  readonly #writes = new Map<number, Write>();
  readonly #reads: Operation<ClientInput, number>[] = [];

  wrote(write: number, now: number): void {
    this.#writes.set(write, { invokedAt: now, appliedAt: null });
  }

  /** Some node applied it: it took effect no later than that, whether its client was told or not. */
  applied(write: number, now: number): void {
    const known = this.#writes.get(write);
    if (known !== undefined) known.appliedAt ??= now;
  }

  read({ register, invokedAt }: PendingRead, output: number, now: number): void {
    const input = { register, write: null };
    this.#reads.push({ input, invokedAt, outcome: { output, at: now } });
  }

  /** Writes that nobody applied took no effect. */
  verdict(): Verdict {
    const history: Operation<ClientInput, number>[] = [...this.#reads];
    for (const [write, { invokedAt, appliedAt }] of this.#writes) {
      if (appliedAt === null) continue;
      const input = { register: registerOf(write), write };
      history.push({ input, invokedAt, outcome: { output: write, at: appliedAt } });
    }
    return checkLinearizability(history, MODEL);
  }
}
