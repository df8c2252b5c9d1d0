/** Mutual TLS: both sides present a certificate of the cluster's own authority. */
import type { Buffer } from 'node:buffer';
import type { PeerCertificate } from 'node:tls';

export interface TlsIdentity {
  /** PEM. */
  readonly key: string | Buffer;
  /** PEM. */
  readonly cert: string | Buffer;
  /** PEM of the authority that signs the certificates of every member; no other is trusted. */
  readonly ca: string | Buffer;
  /**
   * Looks at a peer's certificate after the chain was verified; an Error refuses. Without it every certificate of
   * the authority may speak for every node. `nodeId` is what the peer claims.
   */
  readonly checkPeer?: (nodeId: number, certificate: PeerCertificate) => Error | undefined;
}

export function serverTlsOptions(identity: TlsIdentity): object {
  const { key, cert, ca } = identity;
  return { key, cert, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' };
}

export function clientTlsOptions(identity: TlsIdentity, peer: number): object {
  const { key, cert, ca, checkPeer } = identity;
  return {
    key,
    cert,
    ca,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
    // Members are known by node id and authority, not by host name: addresses may be IPs that change.
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      checkPeer?.(peer, certificate),
  };
}
