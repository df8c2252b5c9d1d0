import type { CertificateExtension as Extension } from 'selfsigned';

/** PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A laptop's clock may have been wrong when the folder was made. */
const BACKDATED_MS = DAY_MS;
const LIFETIME_MS = 10 * 365 * DAY_MS;
const LEAF_USAGE: readonly Extension[] = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
];

/** A certificate authority for one data folder. */
export async function issueAuthority(commonName: string): Promise<KeyAndCertificate> {
  return await issue(commonName, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** A certificate that serves and asks: agents are both, to each other and to mysqld. */
export async function issueLeaf(
  authority: KeyAndCertificate,
  commonName: string,
  names: readonly string[],
): Promise<KeyAndCertificate> {
  const altNames = [
    ...names.map((value) => ({ type: 2, value }) as const),
    { type: 7, ip: '127.0.0.1' } as const,
    { type: 7, ip: '::1' } as const,
  ];
  return await issue(
    commonName,
    [...LEAF_USAGE, { name: 'subjectAltName', altNames: [...altNames] }],
    authority,
  );
}

async function issue(
  commonName: string,
  extensions: readonly Extension[],
  authority?: KeyAndCertificate,
): Promise<KeyAndCertificate> {
  // Loaded when a folder is made, once in its life: it costs a tenth of a second and some memory.
  const { generate } = await import('selfsigned');
  const now = Date.now();
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - BACKDATED_MS),
    notAfterDate: new Date(now + LIFETIME_MS),
    extensions: [...extensions],
    ...(authority && { ca: { key: authority.key, cert: authority.certificate } }),
  });
  return { key: made.private, certificate: made.cert };
}
