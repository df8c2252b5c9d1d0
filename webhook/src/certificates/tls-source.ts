import type { KeyAndCertificate } from './secret-data.ts';

/** The certificate that is served now, and word of each new one. */
export interface TlsSource {
  current(): KeyAndCertificate;
  /** @returns what ends the listening */
  onChange(listener: (pair: KeyAndCertificate) => void): () => void;
}

/** A source that its owner changes. */
export class TlsHolder implements TlsSource {
  readonly #listeners = new Set<(pair: KeyAndCertificate) => void>();
  #pair: KeyAndCertificate;

  constructor(pair: KeyAndCertificate) {
    this.#pair = pair;
  }

  current(): KeyAndCertificate {
    return this.#pair;
  }

  onChange(listener: (pair: KeyAndCertificate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replace(pair: KeyAndCertificate): void {
    this.#pair = pair;
    for (const listener of this.#listeners) listener(pair);
  }
}
