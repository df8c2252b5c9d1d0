/** Kubernetes' amounts: `500m`, `2`, `1.5Gi`. */

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
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
const PATTERN = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/;

/** The amount as a number: cores or bytes. @throws RangeError when it is none */
export function parseQuantity(text: string): number {
  const amount = readQuantity(text);
  if (amount === null)
    throw new RangeError(`${JSON.stringify(text)} is no amount like 500m or 2Gi`);
  return amount;
}

/** As `parseQuantity`; null when it is none. */
export function readQuantity(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  return Number(match[1]) * (FACTORS[match[2] ?? ''] ?? Number.NaN);
}
