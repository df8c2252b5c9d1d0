/** Each pod has an address of its own on the loopback, which it keeps for as long as its name exists. */
import { randomInt } from 'node:crypto';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/** As many addresses as a network of three numbers has. */
const MOST = 254;

interface Kept {
  /** Three numbers of 127.0.0.0/8 for pods, three for Services: at random, so that two boxes of one machine do not meet. */
  readonly pods: string;
  readonly services: string;
  readonly known: Readonly<Record<string, string>>;
}

export class PodAddresses {
  /** `127.x.y`: addresses of Services begin with it. */
  readonly services: string;
  readonly #pods: string;
  readonly #file: string;
  readonly #known: Map<string, string>;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: string, { pods, services, known }: Kept) {
    this.#file = file;
    this.#pods = pods;
    this.services = services;
    this.#known = new Map(Object.entries(known));
  }

  /** @throws DataRefusedError when the file is damaged */
  static async open(file: string): Promise<PodAddresses> {
    const value = await readJson(file);
    const kept = isRecord(value) ? (value as unknown as Kept) : newNetworks();
    return new PodAddresses(file, kept);
  }

  /** @param key namespace/name @throws Error when all are taken */
  of(key: string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const taken = new Set(this.#known.values());
    for (let n = 1; n <= MOST; n += 1) {
      const ip = `${this.#pods}.${n}`;
      if (taken.has(ip)) continue;
      this.#known.set(key, ip);
      return ip;
    }
    throw new Error(`there is no address left for ${key}: this machine runs ${MOST} pods at most`);
  }

  /** Resolves when everything that was given out is on the disk: before a process uses it. */
  async kept(): Promise<void> {
    const kept = {
      pods: this.#pods,
      services: this.services,
      known: Object.fromEntries(this.#known),
    };
    const text = `${JSON.stringify(kept, null, 2)}\n`;
    this.#written = this.#written.then(() => writeFileAtomic(this.#file, text));
    await this.#written;
  }
}

function newNetworks(): Kept {
  const third = randomInt(256);
  return {
    pods: `127.${randomInt(64, 96)}.${third}`,
    services: `127.${randomInt(96, 128)}.${third}`,
    known: {},
  };
}
