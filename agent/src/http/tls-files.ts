/** The PEM files of one process, read again when they change (cert-manager and the controller rotate them). */
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { EventLog } from '../proxy/event-log.ts';

export interface TlsFilePaths {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Contents for node:tls. */
export interface TlsMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TlsFilesOptions {
  readonly log?: EventLog | undefined;
  /** Milliseconds between looks at the files. They are polled: a mounted Secret changes by renamed links, which fs.watch misses. */
  readonly pollMs?: number | undefined;
}

export class TlsFiles {
  readonly #paths: TlsFilePaths;
  readonly #log: EventLog | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  #material: TlsMaterial;
  #seen = '';
  #complained = '';
  #looking = false;

  /** Reads the files now, synchronously: for the start of a process. @throws when one is missing or they do not fit together. */
  constructor(paths: TlsFilePaths, options: TlsFilesOptions = {}) {
    this.#paths = paths;
    this.#log = options.log;
    this.#material = check({
      ca: readFileSync(paths.caFile),
      cert: readFileSync(paths.certFile),
      key: readFileSync(paths.keyFile),
    });
    this.#timer = setInterval(() => void this.refresh(), options.pollMs ?? 5_000);
    this.#timer.unref();
  }

  current(): TlsMaterial {
    return this.#material;
  }

  onChange(listener: (material: TlsMaterial) => void): void {
    this.#listeners.add(listener);
  }

  /** Looks now. Files that cannot be read or do not fit (a rotation under way) are told once and left for the next look. */
  async refresh(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const times = await this.#times();
      if (times === this.#seen) return;
      const [ca, cert, key] = await Promise.all([
        readFile(this.#paths.caFile),
        readFile(this.#paths.certFile),
        readFile(this.#paths.keyFile),
      ]);
      const next = check({ ca, cert, key });
      this.#seen = times;
      this.#complained = '';
      if (same(next, this.#material)) return;
      this.#material = next;
      this.#log?.info({ certFile: this.#paths.certFile }, 'TLS files were read again');
      for (const listener of this.#listeners) listener(next);
    } catch (error) {
      const why = String(error);
      if (why !== this.#complained) {
        this.#log?.warn({ why, certFile: this.#paths.certFile }, 'TLS files cannot be used yet');
      }
      this.#complained = why;
    } finally {
      this.#looking = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  async #times(): Promise<string> {
    const { caFile, certFile, keyFile } = this.#paths;
    const stats = await Promise.all([caFile, certFile, keyFile].map((file) => stat(file)));
    return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join('|');
  }
}

/** @throws when OpenSSL does not take them together. */
function check(material: TlsMaterial): TlsMaterial {
  createSecureContext(material);
  return material;
}

function same(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca.equals(b.ca) && a.cert.equals(b.cert) && a.key.equals(b.key);
}
