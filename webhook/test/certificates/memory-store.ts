import type { SecretData } from '../../src/certificates/secret-data.ts';
import type { CertificateStore, StoredSecret } from '../../src/certificates/store.ts';
import { StoreConflictError } from '../../src/certificates/store.ts';

/** A cluster's Secret and webhook configurations. */
export class MemoryStore implements CertificateStore {
  secret: StoredSecret | null = null;
  readonly bundles: Map<string, string>;
  /** Called before each write; may throw or write itself, as another process would. */
  beforeWrite: () => void = () => undefined;
  /** Called after each write. */
  afterWrite: () => void = () => undefined;
  #version = 0;

  constructor(configurations: readonly string[] = ['mutating', 'validating']) {
    this.bundles = new Map(configurations.map((name) => [name, '']));
  }

  async readSecret(): Promise<StoredSecret | null> {
    return this.secret;
  }

  async writeSecret(data: SecretData, resourceVersion: string | null): Promise<void> {
    this.beforeWrite();
    if ((this.secret?.resourceVersion ?? null) !== resourceVersion) throw new StoreConflictError();
    this.put(data);
    this.afterWrite();
  }

  async readBundles(): Promise<{ name: string; bundle: string }[]> {
    return [...this.bundles].map(([name, bundle]) => ({ name, bundle }));
  }

  async writeBundle(configuration: string, bundle: string): Promise<void> {
    this.beforeWrite();
    this.bundles.set(configuration, bundle);
    this.afterWrite();
  }

  put(data: SecretData): void {
    this.#version += 1;
    this.secret = { data, resourceVersion: String(this.#version) };
  }
}
