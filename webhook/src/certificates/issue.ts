import { isIP } from 'node:net';
import type { CertificateExtension as Extension } from 'selfsigned';
import type { KeyAndCertificate } from './secret-data.ts';
import { BACKDATED_MS } from './times.ts';

export interface AuthorityRequest {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

export interface LeafRequest extends AuthorityRequest {
  readonly authority: KeyAndCertificate;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** The authority's own end, which the leaf must not outlive. Milliseconds since 1970. */
  readonly latestMs: number;
}

/** A new certificate authority. Its name carries the time: verifiers look authorities up by name. */
export async function issueAuthority({
  nowMs,
  lifetimeMs,
}: AuthorityRequest): Promise<KeyAndCertificate> {
  const name = `RadonDB MySQL webhook authority ${new Date(nowMs).toISOString()}`;
  return await issue(
    name,
    [nowMs - BACKDATED_MS, nowMs + lifetimeMs],
    [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  );
}

/** A certificate to serve with. */
export async function issueLeaf(request: LeafRequest): Promise<KeyAndCertificate> {
  const { nowMs, lifetimeMs, authority, names, latestMs } = request;
  const altNames = names.map((name) =>
    isIP(name) === 0 ? ({ type: 2, value: name } as const) : ({ type: 7, ip: name } as const),
  );
  const extensions: readonly Extension[] = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames },
  ];
  const until = Math.min(nowMs + lifetimeMs, latestMs);
  return await issue(names[0] ?? 'webhook', [nowMs - BACKDATED_MS, until], extensions, authority);
}

async function issue(
  commonName: string,
  [notBeforeMs, notAfterMs]: readonly [number, number],
  extensions: readonly Extension[],
  authority?: KeyAndCertificate,
): Promise<KeyAndCertificate> {
  // Loaded when it is needed, which is every few weeks: it costs a tenth of a second and memory.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(notBeforeMs),
    notAfterDate: new Date(notAfterMs),
    extensions: [...extensions],
    ...(authority && { ca: { key: authority.key, cert: authority.certificate } }),
  });
  return { key: made.private, certificate: made.cert };
}
