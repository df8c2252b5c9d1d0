import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_CERTIFICATE_TIMES, keepCertificates } from '../../src/certificates.ts';
import { SILENT } from '../../src/log.ts';
import { MemoryStore } from './memory-store.ts';

/** Resolves when the store has come to hold what is asked for. */
function whenStored(store: MemoryStore, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    store.afterWrite = () => {
      if (condition()) resolve();
    };
  });
}

describe('the keeper of the certificates', () => {
  it('makes them, mends what others overwrite, outlives a failure, and ends when told to', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const warnings: string[] = [];
    const isTrusted = (): boolean => ![...store.bundles.values()].includes('');
    // The first write meets an API server that is down.
    store.beforeWrite = () => {
      store.beforeWrite = () => undefined;
      throw new Error('connection refused');
    };
    const made = whenStored(store, isTrusted);
    const kept = keepCertificates({
      store,
      wishes: { names: ['localhost'], times: DEFAULT_CERTIFICATE_TIMES },
      now: Date.now,
      signal: stop.signal,
      checkMs: 5,
      log: { ...SILENT, warn: (_fields, message) => warnings.push(message) },
    });
    await made;
    assert.deepEqual(warnings, ['the certificates of the webhook could not be looked after']);
    const mended = whenStored(store, isTrusted);
    store.bundles.set('mutating', '');
    await mended;
    stop.abort();
    await kept;
  });
});
