import type { CertificateState } from './decide.ts';
import type { SecretData } from './secret-data.ts';

/** Where certificates are kept. Every call has the store's own deadline and ends when the signal aborts. */
export interface CertificateStore {
  /** Null when there is no Secret. */
  readSecret(signal: AbortSignal): Promise<StoredSecret | null>;
  /**
   * Replaces the whole content.
   *
   * @param resourceVersion of what was read; null creates it
   * @throws StoreConflictError when someone else has written since
   */
  writeSecret(data: SecretData, resourceVersion: string | null, signal: AbortSignal): Promise<void>;
  /** One entry a webhook configuration; a configuration of several webhooks counts as one. */
  readBundles(signal: AbortSignal): Promise<CertificateState['bundles']>;
  /**
   * Writes the bundle (PEM) into every webhook of a configuration.
   *
   * @throws StoreConflictError when someone else has written since
   */
  writeBundle(configuration: string, bundle: string, signal: AbortSignal): Promise<void>;
}

export interface StoredSecret {
  readonly data: SecretData;
  readonly resourceVersion: string;
}

/** Another process has written first: read again and decide again. */
export class StoreConflictError extends Error {
  override readonly name = 'StoreConflictError';
  readonly code = 'CONFLICT';
}
