import { type BankState, type BankVerdict, checkBank, isBankSound } from './bank-checker.ts';
import { type CounterVerdict, checkCounters } from './counter-checker.ts';
import { compareMembers, type MemberContent, type MemberDifference } from './member-checker.ts';
import type { CounterValue, Operation } from './operation.ts';
import { checkSet, isSetSound, type SetVerdict } from './set-checker.ts';

/** What is there when everything has ended and every replica has caught up. */
export interface FinalState {
  /** Keys of the set, each as often as it is there, from the primary. */
  readonly keys: readonly number[];
  readonly counters: readonly CounterValue[];
  readonly bank: BankState;
  readonly primary: MemberContent;
  readonly replicas: readonly MemberContent[];
  /** Members that could not be compared, and why. */
  readonly unread: readonly UnreadMember[];
}

export interface UnreadMember {
  readonly member: string;
  readonly why: string;
}

export interface Verdict {
  readonly set: SetVerdict;
  readonly counters: CounterVerdict;
  readonly bank: BankVerdict;
  readonly differences: readonly MemberDifference[];
  readonly unread: readonly UnreadMember[];
}

/** Judges a whole run. */
export function judge(
  operations: readonly Operation[],
  final: FinalState,
  initialBalance: number,
): Verdict {
  const inserts = operations.flatMap(({ op, outcome }) =>
    op.kind === 'insert' ? [{ key: op.key, outcome }] : [],
  );
  return {
    set: checkSet(inserts, final.keys),
    counters: checkCounters(operations, final.counters),
    bank: checkBank(operations, final.bank, initialBalance),
    differences: compareMembers(final.primary, final.replicas),
    unread: final.unread,
  };
}

/**
 * What must not be, one sentence each; empty when the run is sound. Stale reads by others than the
 * writer are not among them: the lease bounds those and does not forbid them (I7).
 */
export function violations(verdict: Verdict): readonly string[] {
  const { set, counters, bank, differences, unread } = verdict;
  const found: string[] = [];
  const say = (count: number, what: string): void => {
    if (count > 0) found.push(`${count} ${what}`);
  };
  if (!isSetSound(set)) {
    say(set.lost.length, `acknowledged inserts lost, such as ${sample(set.lost)}`);
    say(
      set.duplicates.length,
      `keys present twice, such as ${sample(set.duplicates.map((d) => d.key))}`,
    );
    say(set.phantoms.length, `phantom keys, such as ${sample(set.phantoms.map((p) => p.key))}`);
  }
  say(counters.lost.length, 'counters below their acknowledged increments');
  say(counters.excess.length, 'counters above all their increments');
  const own = counters.anomalies.filter((anomaly) => anomaly.own || anomaly.kind === 'ahead');
  say(own.length, "reads that miss the reader's own writes, go backwards or run ahead");
  if (!isBankSound(bank)) {
    say(bank.brokenSums.length, 'reads of the bank with a wrong sum');
    if (bank.finalSum !== null) found.push(`the bank's final sum is ${bank.finalSum}`);
    say(
      bank.transfers.lost.length,
      `acknowledged transfers lost, such as ${sample(bank.transfers.lost)}`,
    );
    say(bank.transfers.duplicates.length, 'transfers present twice');
    say(bank.transfers.phantoms.length, 'phantom transfers');
    say(bank.altered.length, 'altered transfers');
    say(bank.unbalanced.length, 'accounts that differ from their ledger');
  }
  for (const { member, table, rows, primaryRows } of differences) {
    found.push(
      `${member} differs from the primary in ${table} (${rows} rows, primary ${primaryRows})`,
    );
  }
  for (const { member, why } of unread) found.push(`${member} could not be compared: ${why}`);
  return found;
}

function sample(keys: readonly number[]): string {
  return keys.slice(0, 5).join(', ');
}
