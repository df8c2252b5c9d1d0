const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * `30s`, `1m30s`, `500ms` → milliseconds.
 *
 * @throws RangeError for anything else
 */
export function parseDurationMs(text: string): number {
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a duration: write 30s, 1m30s or 500ms`);
  }
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|s|m|h)/g)) {
    total += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return total;
}
