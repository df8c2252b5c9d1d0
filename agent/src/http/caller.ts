/** Who is speaking, by the certificate that the TLS handshake has checked. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A member of this cluster, or somebody who operates it: the controller, the box, a person's command line. */
export interface Caller {
  readonly kind: 'member' | 'operator';
  readonly name: string;
}

const COMMON_NAME = /^(member|operator)\/([A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)$/;

/** Reads a subject's common name, `member/<pod>` or `operator/<anyone>`; null when it is neither. */
export function parseCommonName(commonName: unknown): Caller | null {
  if (typeof commonName !== 'string') return null;
  const match = COMMON_NAME.exec(commonName);
  if (match === null) return null;
  const [, kind, name = ''] = match;
  return { kind: kind === 'member' ? 'member' : 'operator', name };
}

// Parsing a certificate costs more than the rest of a small request, and a connection's never changes.
const known = new WeakMap<Socket, Caller | null>();

/** The connection's caller; null without a verified certificate or with one that names nobody. */
export function callerOf(socket: Socket): Caller | null {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const caller = identify(socket);
  known.set(socket, caller);
  return caller;
}

function identify(socket: Socket): Caller | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  return parseCommonName(socket.getPeerCertificate().subject?.CN);
}
