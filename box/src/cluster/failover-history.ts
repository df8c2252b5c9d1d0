import { appendFile } from 'node:fs/promises';
import { type FailoverRecord, parseFailoverRecord } from '@radondb/api';
import { readText } from '../files/read-json.ts';

/** As many as the page shows. */
const LONGEST = 200;

/** Changes of primary, oldest first, remembered longer than any agent lives. */
export interface FailoverHistory {
  readonly records: readonly FailoverRecord[];
  /** Takes in what members report. Gives true when something is new. */
  add(records: readonly FailoverRecord[]): boolean;
}

/** Reads the history of a cluster and goes on writing it. A damaged line is left out: it is no data. */
export async function openFailoverHistory(
  path: string,
  onError: (error: unknown) => void,
): Promise<FailoverHistory> {
  const byEpoch = new Map<number, FailoverRecord>();
  const text = (await readText(path)) ?? '';
  for (const line of text.split('\n')) {
    const record = parseLine(line);
    if (record !== null) byEpoch.set(record.epoch, record);
  }
  let written: Promise<void> = Promise.resolve();
  return {
    get records() {
      return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch).slice(-LONGEST);
    },
    add: (records) => {
      let isNew = false;
      for (const record of records) {
        if (!isBetter(record, byEpoch.get(record.epoch))) continue;
        byEpoch.set(record.epoch, record);
        isNew = true;
        if (record.openedAtMs === null) continue;
        const line = `${JSON.stringify(record)}\n`;
        written = written.then(() => appendFile(path, line, { mode: 0o600 })).catch(onError);
      }
      return isNew;
    },
  };
}

/** Each member tells its own story of an epoch; the one that knows more steps tells it best. */
export function isBetter(record: FailoverRecord, known: FailoverRecord | undefined): boolean {
  if (known === undefined) return true;
  return knowledge(record) > knowledge(known);
}

function knowledge(record: FailoverRecord): number {
  const milestones = [record.to, record.electedAtMs, record.openedAtMs];
  return milestones.filter((it) => it !== null).length * 100 + record.steps.length;
}

function parseLine(line: string): FailoverRecord | null {
  if (line.trim() === '') return null;
  try {
    return parseFailoverRecord(JSON.parse(line));
  } catch {
    return null;
  }
}
