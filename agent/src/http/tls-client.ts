/** How this process connects to a member. */
import type { PeerCertificate } from 'node:tls';
import { parseCommonName } from './caller.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface TlsClientOptions extends TlsMaterial {
  readonly minVersion: 'TLSv1.3';
  readonly rejectUnauthorized: true;
  readonly servername: string;
  checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined;
}

/**
 * The peer is known by its name, not by its address: addresses change with every restart of a pod, and another member
 * that now has the old address must not be taken for it.
 */
export function tlsForPeer(material: TlsMaterial, member: string): TlsClientOptions {
  return {
    ...material,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: true,
    servername: member,
    checkServerIdentity(_host, certificate) {
      const caller = parseCommonName(certificate.subject?.CN);
      if (caller?.kind === 'member' && caller.name === member) return undefined;
      return Object.assign(new Error(`the certificate is not that of member/${member}`), {
        code: 'WRONG_MEMBER',
      });
    },
  };
}
