import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyAndCertificate } from './secret-data.ts';

/** A certificate and its key that fit together. Milliseconds since 1970. */
export interface ReadCertificate extends KeyAndCertificate {
  readonly x509: X509Certificate;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The pair, or undefined when one is absent, unreadable, or belongs to another. */
export function readPair(
  certificate: string | undefined,
  key: string | undefined,
): ReadCertificate | undefined {
  const x509 = readCertificate(certificate);
  if (x509 === undefined || certificate === undefined || key === undefined) return undefined;
  try {
    if (!x509.checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return undefined;
  }
  return {
    certificate,
    key,
    x509,
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
  };
}

export function readCertificate(pem: string | undefined): X509Certificate | undefined {
  if (pem === undefined) return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Whether `issuer` signed `leaf`. */
export function isSignedBy(leaf: X509Certificate, issuer: X509Certificate): boolean {
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

/** The certificates of a bundle by their fingerprints; undefined when the text is anything else, too. */
export function bundleFingerprints(bundle: string): ReadonlySet<string> | undefined {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const read = blocks.map(readCertificate);
  if (read.length === 0 || read.includes(undefined)) return undefined;
  return new Set(read.map((x509) => x509?.fingerprint256 ?? ''));
}
