import type { Operation, Transfer } from './operation.ts';
import { checkSet, isSetSound, type SetVerdict } from './set-checker.ts';

/** The bank at the end of the run. */
export interface BankState {
  readonly balances: readonly number[];
  /** One row for each transfer, written in the same transaction. */
  readonly ledger: readonly Transfer[];
}

/** A read whose balances do not add up: half of a transfer was visible. */
export interface BrokenSum {
  readonly process: number;
  readonly sum: number;
  readonly server: string | null;
  readonly invokedAtNs: number;
}

export interface BankVerdict {
  readonly reads: number;
  readonly brokenSums: readonly BrokenSum[];
  /** Null when the final balances add up; otherwise what they add up to. */
  readonly finalSum: number | null;
  /** Transfers as a set, by their ledger rows. */
  readonly transfers: SetVerdict;
  /** Ledger rows that say something else than what was asked for. */
  readonly altered: readonly number[];
  /** Accounts whose final balance is not what the ledger gives. */
  readonly unbalanced: readonly {
    readonly account: number;
    readonly balance: number;
    readonly ledger: number;
  }[];
}

/**
 * Transfers between accounts that all began with the same balance. Every read (one locking or
 * serializable transaction) must add up to the same sum, and the final balances must be the initial
 * ones with exactly the ledger applied.
 */
export function checkBank(
  operations: Iterable<Operation>,
  final: BankState,
  initialBalance: number,
): BankVerdict {
  const total = initialBalance * final.balances.length;
  const transfers: { key: number; outcome: Operation['outcome']; asked: Transfer }[] = [];
  const brokenSums: BrokenSum[] = [];
  let reads = 0;
  for (const { op, outcome, process, invokedAtNs, server } of operations) {
    if (op.kind === 'transfer')
      transfers.push({ key: op.transfer.key, outcome, asked: op.transfer });
    if (op.kind === 'read-balances' && op.balances !== null) {
      reads += 1;
      const sum = sumOf(op.balances);
      if (sum !== total) brokenSums.push({ process, sum, server: server ?? null, invokedAtNs });
    }
  }
  const finalSum = sumOf(final.balances);
  return {
    reads,
    brokenSums,
    finalSum: finalSum === total ? null : finalSum,
    transfers: checkSet(
      transfers,
      final.ledger.map(({ key }) => key),
    ),
    altered: findAltered(new Map(transfers.map(({ key, asked }) => [key, asked])), final.ledger),
    unbalanced: findUnbalanced(final, initialBalance),
  };
}

/** Whether money was neither made nor lost, and no acknowledged transfer either. */
export function isBankSound(verdict: BankVerdict): boolean {
  return (
    verdict.brokenSums.length === 0 &&
    verdict.finalSum === null &&
    verdict.altered.length === 0 &&
    verdict.unbalanced.length === 0 &&
    isSetSound(verdict.transfers)
  );
}

function findAltered(asked: ReadonlyMap<number, Transfer>, ledger: readonly Transfer[]): number[] {
  return ledger
    .filter((row) => {
      const wanted = asked.get(row.key);
      return (
        wanted !== undefined &&
        (wanted.from !== row.from || wanted.to !== row.to || wanted.amount !== row.amount)
      );
    })
    .map(({ key }) => key);
}

function findUnbalanced(final: BankState, initialBalance: number): BankVerdict['unbalanced'] {
  const expected = final.balances.map(() => initialBalance);
  for (const { from, to, amount } of final.ledger) {
    expected[from] = (expected[from] ?? 0) - amount;
    expected[to] = (expected[to] ?? 0) + amount;
  }
  return expected
    .map((ledger, account) => ({ account, balance: final.balances[account] ?? 0, ledger }))
    .filter(({ balance, ledger }) => balance !== ledger);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
