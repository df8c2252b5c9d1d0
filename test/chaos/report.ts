import { violations } from '../checker/verdict.ts';
import { FAULT_KINDS } from './fault-plan.ts';
import type { FaultRecord } from './fault-record.ts';
import { type MachineState, stealPercent } from './machine.ts';
import { percentile } from './percentile.ts';
import type { RunResult } from './runner.ts';
import { textTable } from './text-table.ts';

export interface ReportInput {
  readonly seed: number;
  readonly result: RunResult;
  readonly machine: { readonly start: MachineState; readonly end: MachineState };
  /** Fewer faults than this are a failure. */
  readonly minimumFaults: number;
}

/** Everything that must make the run fail, one sentence each. */
export function failures({ result, minimumFaults }: ReportInput): readonly string[] {
  const found = result.faults
    .filter(({ failure }) => failure !== null)
    .map(({ index, kind, failure }) => `fault ${index + 1} (${kind}) ${failure}`);
  if (result.faults.length < minimumFaults) {
    found.push(`only ${result.faults.length} of at least ${minimumFaults} faults were run`);
  }
  if (result.verdict === null) found.push(`the end could not be read: ${result.finalFailure}`);
  else found.push(...violations(result.verdict));
  return found;
}

/** The report as people read it, without the closing line. */
export function describeRun(input: ReportInput): string {
  const { result, seed } = input;
  const lines = [
    '',
    'Write unavailability in ms: from the last write answered before a fault to the first one after it',
    kindTable(result.faults),
    '',
    ...totals(result),
    ...reads(result),
    ...machineLines(input),
    `seed: ${seed} (--seed ${seed} replays the schedule)`,
    ...failures(input).map((failure) => `FAILED: ${failure}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The line that a test runner looks for. */
export function closingLine(faults: readonly FaultRecord[]): string {
  const failed = faults.filter(({ failure }) => failure !== null).length;
  return `${faults.length - failed} passed, ${failed} failed\n`;
}

function kindTable(faults: readonly FaultRecord[]): string {
  const rows = FAULT_KINDS.flatMap((kind) => {
    const own = faults.filter((fault) => fault.kind === kind);
    return own.length === 0 ? [] : [kindRow(kind, own)];
  });
  const head = [
    'kind',
    'n',
    'p50',
    'p95',
    'p99',
    'max',
    'whole p50 s',
    'epochs',
    'errors',
    'unknown',
  ];
  return textTable([head, ...rows]);
}

function kindRow(kind: string, faults: readonly FaultRecord[]): string[] {
  const times = faults.flatMap(({ unavailableMs }) => unavailableMs ?? []);
  const whole = faults.flatMap(({ healedAfterMs }) => healedAfterMs ?? []);
  const never = faults.length - times.length;
  const ms = (share: number): string => rounded(percentile(times, share));
  const wholeP50 = percentile(whole, 0.5);
  return [
    kind,
    String(faults.length),
    ms(0.5),
    ms(0.95),
    ms(0.99),
    never > 0 ? 'never' : ms(1),
    wholeP50 === null ? '-' : (wholeP50 / 1_000).toFixed(1),
    String(sum(faults.map(({ epochs }) => epochs))),
    String(sum(faults.map(({ clientErrors }) => clientErrors))),
    String(sum(faults.map(({ unknown }) => unknown))),
  ];
}

function totals({ verdict, monitors, unprovoked, tally, workloadMs, errors }: RunResult): string[] {
  const common = [
    `clients: ${tally.ok} operations ok, ${tally.failed} failed, ${tally.unknown} unknown, ${tally.refused} connections refused in ${(workloadMs / 1_000).toFixed(0)} s`,
    `errors: ${JSON.stringify(errors)}`,
    `unsafe commits: ${monitors.unsafeCommits}   failovers that no fault explains: ${unprovoked}`,
  ];
  if (verdict === null) return common;
  const { set, bank, counters, differences, unread } = verdict;
  const { transfers } = bank;
  const acknowledged = set.acknowledged + transfers.acknowledged + counters.acknowledged;
  return [
    `acknowledged writes: ${acknowledged} (${set.acknowledged} inserts, ${transfers.acknowledged} transfers, ${counters.acknowledged} increments)`,
    `lost: ${set.lost.length + transfers.lost.length + counters.lost.length}   duplicates: ${set.duplicates.length + transfers.duplicates.length + counters.excess.length}   phantoms: ${set.phantoms.length + transfers.phantoms.length}   replicas equal: ${differences.length + unread.length === 0 ? 'yes' : 'NO'}`,
    `unknown inserts: ${set.unknownPresent} present, ${set.unknownAbsent} absent`,
    ...common,
  ];
}

function reads({ verdict }: RunResult): string[] {
  if (verdict === null) return [];
  const { counters, bank } = verdict;
  const old = counters.anomalies.filter(({ own, kind }) => !own && kind !== 'ahead');
  const own = counters.anomalies.length - old.length;
  const oldestMs = Math.max(0, ...old.map(({ ageNs }) => ageNs / 1e6));
  return [
    `reads: ${counters.reads} of counters, ${own} wrong for their own writer, ${old.length} stale for others (oldest ${oldestMs.toFixed(0)} ms); ${bank.reads} of the bank, ${bank.brokenSums.length} with a wrong sum`,
  ];
}

function machineLines({ machine: { start, end }, result }: ReportInput): string[] {
  const { monitors } = result;
  const fsync = (state: MachineState): string =>
    `${state.fsyncP50Ms.toFixed(2)}/${state.fsyncP99Ms.toFixed(2)}`;
  return [
    `machine: ${start.cores} cores, load ${start.load1.toFixed(2)} → ${end.load1.toFixed(2)}, steal ${stealPercent(start, end).toFixed(1)} %, fdatasync of 4 KiB p50/p99 ${fsync(start)} → ${fsync(end)} ms, own event loop late by p99 ${monitors.loopDelayP99Ms.toFixed(0)} max ${monitors.loopDelayMaxMs.toFixed(0)} ms`,
    `node ${process.version}, mysqld ${result.mysqlVersion}, largest agent ${monitors.agentRssMb?.toFixed(0) ?? '?'} MB resident`,
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function rounded(value: number | null): string {
  return value === null ? '-' : String(Math.round(value));
}
