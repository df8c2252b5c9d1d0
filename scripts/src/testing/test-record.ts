/** What the event reporter writes, one JSON object a line: a test or suite that has ended. */
export type TestRecord = {
  readonly outcome: 'pass' | 'fail';
  readonly type: 'test' | 'suite';
  readonly name: string;
  readonly skip: string | boolean;
  readonly todo: string | boolean;
  /** Why it failed in node's words: `testCodeFailure`, `hookFailed`, `subtestsFailed`, …; or ''. */
  readonly failureType: string;
};

export type SkippedTest = { readonly name: string; readonly reason: string };

export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
};

/** Reads the reporter's file; a last line that a kill cut off is left out. */
export function parseRecords(text: string): TestRecord[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TestRecord);
}

/**
 * Counts tests. A suite is none, except when it fails by itself (a hook), which no test tells of.
 * A test marked TODO is a skipped one whatever it does: it asserts nothing yet.
 */
export function countRecords(records: readonly TestRecord[]): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: [] as SkippedTest[] };
  for (const record of records) {
    const { name, skip, todo, outcome } = record;
    if (record.type === 'suite') {
      if (skip !== false) counts.skipped.push({ name, reason: reasonOf(skip) });
      else if (outcome === 'fail' && record.failureType !== 'subtestsFailed') counts.failed += 1;
    } else if (skip !== false) {
      counts.skipped.push({ name, reason: reasonOf(skip) });
    } else if (todo !== false) {
      counts.skipped.push({ name, reason: `TODO ${todo === true ? '' : todo}`.trim() });
    } else if (outcome === 'pass') {
      counts.passed += 1;
    } else {
      counts.failed += 1;
    }
  }
  return counts;
}

function reasonOf(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? skip : 'no reason given';
}
