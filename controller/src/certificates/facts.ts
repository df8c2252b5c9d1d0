/** What a decision needs to know of a certificate. */
import { createHash, X509Certificate } from 'node:crypto';

export interface CertificateFacts {
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly names: readonly string[];
  /** Whether the authority that signs now has signed it. */
  readonly isCurrent: boolean;
}

/** Reading one and checking its signature takes a quarter of a millisecond, and thousands are looked at every few seconds. */
const REMEMBERED = 20_000;
const remembered = new Map<string, CertificateFacts | null>();

/** Null when the text is no certificate: then it has to be made anew. */
export function readCertificate(
  pem: string | undefined,
  authority: string | undefined,
): CertificateFacts | null {
  const key = createHash('sha256')
    .update(JSON.stringify([pem, authority]))
    .digest('base64');
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const facts = read(pem, authority);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(key, facts);
  return facts;
}

function read(pem: string | undefined, authority: string | undefined): CertificateFacts | null {
  const certificate = parse(pem);
  if (certificate === null) return null;
  const signer = parse(authority);
  return {
    commonName: /(?:^|\n)CN=([^\n]*)/.exec(certificate.subject)?.[1] ?? '',
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
    names: [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(
      ([, name = '']) => name,
    ),
    isCurrent: signer !== null && certificate.verify(signer.publicKey),
  };
}

function parse(pem: string | undefined): X509Certificate | null {
  if (pem === undefined) return null;
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
