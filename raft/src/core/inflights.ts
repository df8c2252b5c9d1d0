/** The window of appends sent to one follower and not yet acknowledged, bounded in messages and bytes. */
export class Inflights {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #indexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#indexes.length - this.#start;
  }

  /** A byte limit is passed by the message that reaches it; the next one waits. */
  get full(): boolean {
    return this.count >= this.#maxMessages || (this.#maxBytes > 0 && this.#bytes >= this.#maxBytes);
  }

  /** Records an append whose last entry is `index`. */
  add(index: number, bytes: number): void {
    this.#indexes.push(index);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** Forgets every append whose last entry is ≤ `index`. */
  freeTo(index: number): void {
    while (this.#start < this.#indexes.length && (this.#indexes[this.#start] ?? 0) <= index) {
      this.#bytes -= this.#sizes[this.#start] ?? 0;
      this.#start += 1;
    }
    if (this.#start > 64 && this.#start * 2 > this.#indexes.length) {
      this.#indexes = this.#indexes.slice(this.#start);
      this.#sizes = this.#sizes.slice(this.#start);
      this.#start = 0;
    }
  }

  reset(): void {
    this.#indexes = [];
    this.#sizes = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}
