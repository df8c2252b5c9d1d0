import type { CertificateExtension as Extension } from 'selfsigned';

/** PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Clocks of nodes differ. */
const BACKDATED_MS = 60 * 60 * 1_000;
export const AUTHORITY_LIFETIME_MS = 10 * 365 * DAY_MS;
export const LEAF_LIFETIME_MS = 365 * DAY_MS;
const LEAF_USAGE: readonly Extension[] = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
];

/** A certificate authority for one cluster. */
export async function issueAuthority(
  commonName: string,
  nowMs: number,
): Promise<KeyAndCertificate> {
  return await issue(commonName, { nowMs, lifetimeMs: AUTHORITY_LIFETIME_MS }, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** A certificate that serves and asks: agents are both, to each other and to mysqld. */
export async function issueLeaf(
  authority: KeyAndCertificate,
  leaf: { readonly commonName: string; readonly names: readonly string[] },
  nowMs: number,
): Promise<KeyAndCertificate> {
  const altNames = [
    ...leaf.names.map((value) => ({ type: 2, value }) as const),
    { type: 7, ip: '127.0.0.1' } as const,
    { type: 7, ip: '::1' } as const,
  ];
  return await issue(
    leaf.commonName,
    { nowMs, lifetimeMs: LEAF_LIFETIME_MS },
    [...LEAF_USAGE, { name: 'subjectAltName', altNames: [...altNames] }],
    authority,
  );
}

async function issue(
  commonName: string,
  { nowMs, lifetimeMs }: { readonly nowMs: number; readonly lifetimeMs: number },
  extensions: readonly Extension[],
  authority?: KeyAndCertificate,
): Promise<KeyAndCertificate> {
  // Loaded when something is issued: it costs a tenth of a second and some memory.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - BACKDATED_MS),
    notAfterDate: new Date(nowMs + lifetimeMs),
    extensions: [...extensions],
    ...(authority && { ca: { key: authority.key, cert: authority.certificate } }),
  });
  return { key: made.private, certificate: made.cert };
}
