/** The leaf in a mounted Secret, read again when its content changes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { readPair } from './pem.ts';
import { type KeyAndCertificate, SECRET_KEYS } from './secret-data.ts';
import { TlsHolder, type TlsSource } from './tls-source.ts';

export interface MountedSecretOptions {
  readonly directory: string;
  /** Milliseconds between looks. Polled: the kubelet swaps a link (`..data`), which fs.watch misses. */
  readonly pollMs: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The files are absent, torn or do not fit together. */
export class UnusableCertificateError extends Error {
  override readonly name = 'UnusableCertificateError';
  readonly code = 'CERTIFICATE';
}

/**
 * Waits for a usable certificate (on a first start the controller has yet to make it), then follows
 * it until the signal aborts. What cannot be used is told once; the certificate before is kept.
 *
 * @throws AbortError when the signal aborts before there is one
 */
export async function openMountedSecret(options: MountedSecretOptions): Promise<TlsSource> {
  const { directory, log } = options;
  let complained = '';
  const look = async (): Promise<KeyAndCertificate | undefined> => {
    try {
      const pair = await readMounted(directory);
      complained = '';
      return pair;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== complained) log.warn({ why, directory }, 'the certificate cannot be used yet');
      complained = why;
      return undefined;
    }
  };
  let first = await look();
  while (first === undefined) {
    await nextLook(options);
    first = await look();
  }
  const holder = new TlsHolder(first);
  void follow(options, look, holder);
  return holder;
}

async function follow(
  options: MountedSecretOptions,
  look: () => Promise<KeyAndCertificate | undefined>,
  holder: TlsHolder,
): Promise<void> {
  const { log, signal } = options;
  while (!signal.aborted) {
    // Aborted in the meantime: the loop's condition ends it.
    await nextLook(options).catch(() => undefined);
    if (signal.aborted) return;
    const pair = await look();
    const { certificate, key } = holder.current();
    if (pair === undefined || (pair.certificate === certificate && pair.key === key)) continue;
    holder.replace(pair);
    log.info({}, 'the certificate was replaced');
  }
}

async function readMounted(directory: string): Promise<KeyAndCertificate> {
  const [certificate, key] = await Promise.all([
    readFile(join(directory, SECRET_KEYS.certificate), 'utf8'),
    readFile(join(directory, SECRET_KEYS.key), 'utf8'),
  ]);
  if (readPair(certificate, key) !== undefined) return { certificate, key };
  throw new UnusableCertificateError(
    `${SECRET_KEYS.certificate} and ${SECRET_KEYS.key} are not a certificate and its key`,
  );
}

async function nextLook({ pollMs, signal }: MountedSecretOptions): Promise<void> {
  await setTimeout(pollMs, undefined, { signal });
}
