/**
 * Numbers as closed intervals in one flat list: `[1, 5, 7, 7]` is 1–5 and 7. Ascending, and never
 * touching (1–5 and 6–7 are one interval), so that equal sets are equal lists.
 */
export type Intervals = readonly number[];

/** Any pairs `start, end` (start ≤ end) → the same numbers as intervals. */
export function normalizeIntervals(pairs: readonly number[]): Intervals {
  if (isNormal(pairs)) return pairs;
  const order: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) order.push(i);
  order.sort((a, b) => at(pairs, a) - at(pairs, b));
  const result: number[] = [];
  for (const i of order) append(result, at(pairs, i), at(pairs, i + 1));
  return result;
}

export function unionIntervals(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && at(a, i) <= at(b, j));
    if (fromA) {
      append(result, at(a, i), at(a, i + 1));
      i += 2;
    } else {
      append(result, at(b, j), at(b, j + 1));
      j += 2;
    }
  }
  return result;
}

export function subtractIntervals(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let start = at(a, i);
    const end = at(a, i + 1);
    while (j < b.length && at(b, j + 1) < start) j += 2;
    // `j` stays on an interval of b that reaches beyond this one: the next of a may meet it too.
    while (j < b.length && at(b, j) <= end) {
      if (at(b, j) > start) result.push(start, at(b, j) - 1);
      start = at(b, j + 1) + 1;
      if (start > end) break;
      j += 2;
    }
    if (start <= end) result.push(start, end);
  }
  return result;
}

export function intersectIntervals(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const start = Math.max(at(a, i), at(b, j));
    const end = Math.min(at(a, i + 1), at(b, j + 1));
    if (start <= end) result.push(start, end);
    if (at(a, i + 1) < at(b, j + 1)) i += 2;
    else j += 2;
  }
  return result;
}

/** Whether every number of `b` is in `a`. */
export function containsIntervals(a: Intervals, b: Intervals): boolean {
  let i = 0;
  for (let j = 0; j < b.length; j += 2) {
    while (i < a.length && at(a, i + 1) < at(b, j)) i += 2;
    if (i >= a.length || at(a, i) > at(b, j) || at(a, i + 1) < at(b, j + 1)) return false;
  }
  return true;
}

export function countIntervals(list: Intervals): number {
  let count = 0;
  for (let i = 0; i < list.length; i += 2) count += at(list, i + 1) - at(list, i) + 1;
  return count;
}

function append(result: number[], start: number, end: number): void {
  const last = result.length - 1;
  if (last < 0 || start > at(result, last) + 1) result.push(start, end);
  else if (end > at(result, last)) result[last] = end;
}

function isNormal(pairs: readonly number[]): boolean {
  for (let i = 2; i < pairs.length; i += 2) {
    if (at(pairs, i) <= at(pairs, i - 1) + 1) return false;
  }
  return true;
}

function at(list: readonly number[], index: number): number {
  const value = list[index];
  if (value === undefined) throw new RangeError(`no interval bound at ${index}`);
  return value;
}
