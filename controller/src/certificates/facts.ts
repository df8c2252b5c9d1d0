/** What a decision needs to know of a certificate. */
import { X509Certificate } from 'node:crypto';

export interface CertificateFacts {
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly names: readonly string[];
  /** Whether the authority that signs now has signed it. */
  readonly isCurrent: boolean;
}

/** Null when the text is no certificate: then it has to be made anew. */
export function readCertificate(
  pem: string | undefined,
  authority: string | undefined,
): CertificateFacts | null {
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
