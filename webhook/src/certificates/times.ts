/** How long certificates live and how long a rotation waits between its steps. Milliseconds. */
export interface CertificateTimes {
  readonly authorityLifetimeMs: number;
  readonly leafLifetimeMs: number;
  /** Part of its life after which a certificate is replaced. */
  readonly renewAfter: number;
  /**
   * From the moment a new authority stands in every webhook configuration until a leaf of it is
   * served: every kube-apiserver has read the configurations by then.
   */
  readonly trustSettleMs: number;
  /**
   * From the moment a leaf of the new authority is in the Secret until the old one is no longer
   * trusted: every webhook process serves the new leaf by then (the kubelet takes up to two minutes).
   */
  readonly serveSettleMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const DEFAULT_CERTIFICATE_TIMES: CertificateTimes = Object.freeze({
  authorityLifetimeMs: 10 * 365 * DAY_MS,
  leafLifetimeMs: 90 * DAY_MS,
  renewAfter: 2 / 3,
  trustSettleMs: MINUTE_MS,
  serveSettleMs: 10 * MINUTE_MS,
});

/** Clocks of a cluster differ: a certificate is valid from a little before it was made. */
export const BACKDATED_MS = 5 * MINUTE_MS;
