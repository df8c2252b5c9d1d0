import { createHash, type Hash } from 'node:crypto';
import type { TableDigest } from './member-checker.ts';

const BUCKET_IDS = 1_000;

/** Digests a table's rows as they come, in the order of their ids. */
export class TableDigester {
  readonly #table: string;
  readonly #buckets = new Map<number, Hash>();
  #rows = 0;

  constructor(table: string) {
    this.#table = table;
  }

  /** @param row every column, the id first */
  add(row: readonly (number | string | null)[]): void {
    const bucket = Math.floor(Number(row[0]) / BUCKET_IDS) * BUCKET_IDS;
    let hash = this.#buckets.get(bucket);
    if (hash === undefined) {
      hash = createHash('sha256');
      this.#buckets.set(bucket, hash);
    }
    hash.update(`${JSON.stringify(row)}\n`);
    this.#rows += 1;
  }

  finish(): TableDigest {
    const buckets = new Map([...this.#buckets].map(([id, hash]) => [id, hash.digest('hex')]));
    return { table: this.#table, rows: this.#rows, buckets };
  }
}
