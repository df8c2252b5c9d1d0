const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/**
 * Kubernetes' amounts as a number: bytes of memory, cores of CPU. `512Mi` → 536870912, `500m` → 0.5.
 *
 * @throws RangeError for anything else
 */
export function parseQuantity(quantity: string | number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m|k|[KMGTP]i|[MGTP])?$/.exec(String(quantity)) ?? [];
  const factor = UNITS[unit ?? ''];
  if (digits === undefined || factor === undefined) {
    throw new RangeError(`${JSON.stringify(quantity)} is not an amount: write 500m, 2 or 20Gi`);
  }
  return Number(digits) * factor;
}
