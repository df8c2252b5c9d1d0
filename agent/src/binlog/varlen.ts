/**
 * MySQL's serialization library (`mysql::serialization`, since 8.3): integers of variable length.
 * The first byte ends in n−1 ones and a zero for a number of n bytes (n = 9: all ones); the value is the rest, little endian.
 */
export class VarlenReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get position(): number {
    return this.#at;
  }

  /** @throws RangeError beyond the end, as every Buffer read does. */
  unsigned(): bigint {
    const first = this.#bytes.readUInt8(this.#at);
    let length = 1;
    while (length < 9 && (first & (1 << (length - 1))) !== 0) length += 1;
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('number runs over the end');
    let value = 0n;
    for (let i = end - 1; i >= this.#at; i -= 1)
      value = (value << 8n) | BigInt(this.#bytes.readUInt8(i));
    this.#at = end;
    // The first of nine bytes is all marks: eight bits, not nine.
    return value >> BigInt(Math.min(length, 8));
  }

  /** Sign in the lowest bit. */
  signed(): bigint {
    const value = this.unsigned();
    return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
  }

  /** A length, then that many characters. */
  text(): string {
    const length = Number(this.unsigned());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('text runs over the end');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }
}
