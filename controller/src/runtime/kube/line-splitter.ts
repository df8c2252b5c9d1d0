/** Cuts a stream of bytes into lines. Pure; decodes whole lines only, so a character cut between two chunks stays whole. */
const NEWLINE = 0x0a;

/** @throws RangeError from push when a line grows beyond the limit: a stream without line ends must not fill the memory. */
export class LineSplitter {
  readonly #limitBytes: number;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the line that is not complete yet. */
  get pendingBytes(): number {
    return this.#restBytes;
  }

  /** The lines that this chunk completes, without line ends and without empty lines. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      const line = this.#complete(chunk.subarray(start, end));
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #complete(tail: Buffer): string {
    if (this.#restBytes === 0) return tail.toString('utf8');
    this.#keep(tail);
    const line = Buffer.concat(this.#rest, this.#restBytes).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#limitBytes)
      throw new RangeError(`a line is longer than ${this.#limitBytes} bytes`);
    this.#rest.push(part);
  }
}
