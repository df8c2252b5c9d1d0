import type { Action, Operation, Outcome } from './operation.ts';

/** How an operation ended, as its client saw it. */
export interface Ending {
  readonly outcome: Outcome;
  readonly error?: string | undefined;
  readonly server?: string | undefined;
  readonly gtid?: string | undefined;
  /** What a read saw; replaces the action that was announced. */
  readonly op?: Action | undefined;
}

/** An operation that was begun. */
export interface Begun {
  readonly process: number;
  readonly op: Action;
  readonly invokedAtNs: number;
}

/** Records a run. What was begun and never ended counts as unknown. */
export class History {
  readonly #nowNs: () => number;
  readonly #open = new Set<Begun>();
  readonly #ended: Operation[] = [];

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs;
  }

  begin(process: number, op: Action): Begun {
    const begun = { process, op, invokedAtNs: this.#nowNs() };
    this.#open.add(begun);
    return begun;
  }

  end(begun: Begun, ending: Ending): void {
    if (!this.#open.delete(begun)) throw new Error('this operation has already ended');
    const { outcome, error, server, gtid, op = begun.op } = ending;
    this.#ended.push({
      process: begun.process,
      op,
      invokedAtNs: begun.invokedAtNs,
      completedAtNs: this.#nowNs(),
      outcome,
      ...(error === undefined ? {} : { error }),
      ...(server === undefined ? {} : { server }),
      ...(gtid === undefined ? {} : { gtid }),
    });
  }

  /** All operations by their invocation. */
  operations(): readonly Operation[] {
    const unanswered = [...this.#open].map(
      (begun): Operation => ({
        ...begun,
        completedAtNs: null,
        outcome: 'unknown',
      }),
    );
    return [...this.#ended, ...unanswered].sort((a, b) => a.invokedAtNs - b.invokedAtNs);
  }
}
