/**
 * What the webhook's Secret holds: key → text (decoded from base64). The webhook's pods mount `tls.crt`
 * and `tls.key` only; the authority's key stays with whoever rotates.
 */
export const SECRET_KEYS = {
  /** The leaf that is served. */
  certificate: 'tls.crt',
  key: 'tls.key',
  /** The authority that signed it. */
  authority: 'ca.crt',
  authorityKey: 'ca.key',
  /** The authority that takes over, while a rotation is under way. */
  nextAuthority: 'next-ca.crt',
  nextAuthorityKey: 'next-ca.key',
  /** Since when every webhook configuration trusts the next authority (RFC 3339). */
  nextTrustedSince: 'next-trusted-since',
  /** The authority before, trusted until every process serves the new leaf. */
  previousAuthority: 'previous-ca.crt',
  /** Since when leaves of the authority are served (RFC 3339). */
  servedSince: 'served-since',
} as const;

export type SecretData = Readonly<Record<string, string>>;

/** PEM texts. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}
