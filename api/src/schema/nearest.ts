/**
 * The candidate that was probably meant by a misspelt name: the one with the fewest edits, if they
 * are few for its length. Undefined when nothing is close.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = squash(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = squashedCandidate(candidate);
    if (Math.abs(other.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, other, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Candidates are names that we know, some hundreds of them, and asked for again and again. */
const squashed = new Map<string, string>();

function squashedCandidate(name: string): string {
  const known = squashed.get(name);
  if (known !== undefined) return known;
  const made = squash(name);
  squashed.set(name, made);
  return made;
}

/** Case and separators are what people get wrong most: they cost nothing. */
function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.\s]/g, '');
}

/**
 * Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); `limit` or
 * more when there are that many.
 */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      if (cost < least) least = cost;
    }
    // A swap reaches back over one row, and gains one.
    if (least > limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
