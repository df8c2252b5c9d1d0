/** Each pod has an address of its own on the loopback, which it keeps for as long as its name exists. */
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/** 127.77.0.1 … 127.77.255.254: nobody else is likely to be there. */
const PREFIX = '127.77';
const MOST = 65_000;

export class PodAddresses {
  readonly #file: string;
  readonly #known: Map<string, string>;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: string, known: Map<string, string>) {
    this.#file = file;
    this.#known = known;
  }

  /** @throws Error when the file is damaged */
  static async open(file: string): Promise<PodAddresses> {
    const kept = await readJson(file);
    const known = new Map<string, string>();
    for (const [name, ip] of Object.entries(isRecord(kept) ? kept : {}))
      known.set(name, String(ip));
    return new PodAddresses(file, known);
  }

  /** @param key namespace/name */
  of(key: string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const taken = new Set(this.#known.values());
    for (let n = 1; n < MOST; n += 1) {
      const ip = `${PREFIX}.${n >> 8}.${n & 0xff}`;
      // .0 and .255 of a third number are avoided: some programs take them for networks.
      if ((n & 0xff) === 0 || (n & 0xff) === 255 || taken.has(ip)) continue;
      this.#known.set(key, ip);
      return ip;
    }
    throw new Error(`there is no address left for ${key}`);
  }

  /** Resolves when everything that was given out is on the disk: before a process uses it. */
  async kept(): Promise<void> {
    const text = `${JSON.stringify(Object.fromEntries(this.#known), null, 2)}\n`;
    this.#written = this.#written.then(() => writeFileAtomic(this.#file, text));
    await this.#written;
  }
}
