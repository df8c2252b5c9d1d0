/** A Kubernetes quantity, exactly: an integer number of nano-units. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  isInteger(): boolean {
    return this.nanos % NANO === 0n;
  }
}

const NANO = 1_000_000_000n;
const FORM = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Reads `1.5Gi`, `100m`, `2e3`; null when it is not a quantity. What is finer than a nano is rounded up. */
export function parseQuantity(text: string): Quantity | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const mantissa = BigInt(whole + fraction) * NANO;
  const { numerator, denominator } = multiplier(suffix);
  const dividend = mantissa * numerator;
  const divisor = scale * denominator;
  const nanos = (dividend + divisor - 1n) / divisor;
  return new Quantity(sign === '-' ? -nanos : nanos);
}

function multiplier(suffix: string): { numerator: bigint; denominator: bigint } {
  const binary = BINARY.indexOf(suffix);
  if (binary > 0) return { numerator: 1024n ** BigInt(binary), denominator: 1n };
  const decimal = DECIMAL.indexOf(suffix);
  const exponent = decimal >= 0 ? (decimal - 3) * 3 : Number(suffix.slice(1));
  return exponent >= 0
    ? { numerator: 10n ** BigInt(exponent), denominator: 1n }
    : { numerator: 1n, denominator: 10n ** BigInt(-exponent) };
}
