/**
 * What to do next with the webhook's certificates: a pure function of the time, the Secret and what
 * the webhook configurations trust. Every step is safe to repeat, and a process may die after any.
 *
 * A rotation of the authority never has a moment in which a served leaf is not trusted: the new
 * authority is trusted beside the old one first, then it signs, and the old one goes last.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bundleFingerprints,
  isSignedBy,
  type ReadCertificate,
  readCertificate,
  readPair,
} from './pem.ts';
import { SECRET_KEYS, type SecretData } from './secret-data.ts';
import type { CertificateTimes } from './times.ts';

export type CertificateStep =
  /** Makes an authority and a leaf of it: there is nothing that could be kept. */
  | { readonly do: 'start'; readonly why: string }
  /** Writes this bundle into the webhook configurations that do not hold exactly it. */
  | { readonly do: 'trust'; readonly bundle: string; readonly configurations: readonly string[] }
  /** Makes the authority that is to take over, beside the present one. */
  | { readonly do: 'make-next-authority'; readonly why: string }
  /** Takes back the note below: a configuration does not trust the next authority any more. */
  | { readonly do: 'forget-next-trusted' }
  /** Notes in the Secret that every configuration trusts the next authority from now on. */
  | { readonly do: 'note-next-trusted' }
  /** Makes a leaf of the next authority, which takes the place of the present one. */
  | { readonly do: 'switch-authority' }
  /** Makes a new leaf of the present authority. */
  | { readonly do: 'renew-leaf'; readonly why: string }
  /** Forgets the authority before: nothing serves a leaf of it any more. */
  | { readonly do: 'drop-previous' }
  | { readonly do: 'wait'; readonly untilMs: number };

export interface CertificateState {
  /** Null when there is no Secret. */
  readonly secret: SecretData | null;
  /** What each webhook configuration holds as caBundle (PEM; empty when it has none). */
  readonly bundles: readonly { readonly name: string; readonly bundle: string }[];
}

export interface CertificateWishes {
  /** DNS names and addresses that the leaf must be good for. */
  readonly names: readonly string[];
  readonly times: CertificateTimes;
}

/** @param nowMs milliseconds since 1970 */
export function decideCertificateStep(
  nowMs: number,
  state: CertificateState,
  wishes: CertificateWishes,
): CertificateStep {
  const secret = state.secret ?? {};
  const authority = readCertificate(secret[SECRET_KEYS.authority]);
  if (authority === undefined) {
    const why = state.secret === null ? 'there is no Secret' : 'the Secret has no authority';
    return { do: 'start', why };
  }
  if (nowMs >= authority.validToDate.getTime()) {
    return { do: 'start', why: 'the authority has expired' };
  }
  // Without its key the authority cannot sign any more, but what it signed is good until it is replaced.
  const signer = readPair(secret[SECRET_KEYS.authority], secret[SECRET_KEYS.authorityKey]);
  const leaf = readPair(secret[SECRET_KEYS.certificate], secret[SECRET_KEYS.key]);
  const why = whyUseless(nowMs, leaf, authority, wishes.names);
  if (leaf === undefined || why !== undefined) {
    return { do: signer === undefined ? 'start' : 'renew-leaf', why: why ?? 'there is no leaf' };
  }
  const trust = trustStep(secret, authority, state);
  if (trust !== undefined) return trust;
  const renewLeafAtMs = signer === undefined ? Number.POSITIVE_INFINITY : renewAtMs(leaf, wishes);
  if (nowMs >= renewLeafAtMs) return { do: 'renew-leaf', why: 'most of its life is over' };
  const step = authorityStep(nowMs, secret, signer, wishes);
  return step.do === 'wait' ? { do: 'wait', untilMs: Math.min(step.untilMs, renewLeafAtMs) } : step;
}

/** PEM of every authority that must be trusted now: the present, the next, the previous. */
export function trustedBundle(secret: SecretData): string {
  const { authority, nextAuthority, previousAuthority } = SECRET_KEYS;
  return [authority, nextAuthority, previousAuthority]
    .map((key) => secret[key])
    .filter((pem): pem is string => readCertificate(pem) !== undefined)
    .map((pem) => `${pem.trim()}\n`)
    .join('');
}

function whyUseless(
  nowMs: number,
  leaf: ReadCertificate | undefined,
  authority: X509Certificate,
  names: readonly string[],
): string | undefined {
  if (leaf === undefined) return 'there is no usable leaf';
  if (!isSignedBy(leaf.x509, authority)) return 'the leaf is not of this authority';
  if (nowMs >= leaf.notAfterMs) return 'the leaf has expired';
  const missing = names.filter((name) => !isGoodFor(leaf.x509, name));
  return missing.length === 0 ? undefined : `the leaf is not good for ${missing.join(', ')}`;
}

function isGoodFor(leaf: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
}

/** Whoever wrote something else into a configuration (an apply without caBundle, say) is corrected first. */
function trustStep(
  secret: SecretData,
  authority: X509Certificate,
  { bundles }: CertificateState,
): CertificateStep | undefined {
  const bundle = trustedBundle(secret);
  const wanted = bundleFingerprints(bundle) ?? new Set([authority.fingerprint256]);
  const configurations = bundles
    .filter((held) => !sameSet(bundleFingerprints(held.bundle) ?? new Set(), wanted))
    .map(({ name }) => name);
  if (configurations.length === 0) return undefined;
  return secret[SECRET_KEYS.nextTrustedSince] === undefined
    ? { do: 'trust', bundle, configurations }
    : { do: 'forget-next-trusted' };
}

function authorityStep(
  nowMs: number,
  secret: SecretData,
  signer: ReadCertificate | undefined,
  wishes: CertificateWishes,
): CertificateStep {
  if (secret[SECRET_KEYS.previousAuthority] !== undefined) {
    const servedSinceMs = momentMs(secret[SECRET_KEYS.servedSince], nowMs) ?? 0;
    const dropAtMs = servedSinceMs + wishes.times.serveSettleMs;
    return nowMs >= dropAtMs ? { do: 'drop-previous' } : { do: 'wait', untilMs: dropAtMs };
  }
  if (secret[SECRET_KEYS.nextAuthority] !== undefined) {
    return nextAuthorityStep(nowMs, secret, wishes.times);
  }
  if (signer === undefined) return { do: 'make-next-authority', why: 'its key is lost' };
  const renewAuthorityAtMs = renewAtMs(signer, wishes);
  return nowMs >= renewAuthorityAtMs
    ? { do: 'make-next-authority', why: 'most of its life is over' }
    : { do: 'wait', untilMs: renewAuthorityAtMs };
}

/** Every configuration trusts the next authority already: `trustStep` came first. */
function nextAuthorityStep(
  nowMs: number,
  secret: SecretData,
  times: CertificateTimes,
): CertificateStep {
  const next = readPair(secret[SECRET_KEYS.nextAuthority], secret[SECRET_KEYS.nextAuthorityKey]);
  if (next === undefined || nowMs >= next.notAfterMs) {
    return { do: 'make-next-authority', why: 'the one that was made cannot be used' };
  }
  const sinceMs = momentMs(secret[SECRET_KEYS.nextTrustedSince], nowMs);
  if (sinceMs === undefined) return { do: 'note-next-trusted' };
  const switchAtMs = sinceMs + times.trustSettleMs;
  return nowMs >= switchAtMs ? { do: 'switch-authority' } : { do: 'wait', untilMs: switchAtMs };
}

function renewAtMs(certificate: ReadCertificate, { times }: CertificateWishes): number {
  const lifetimeMs = certificate.notAfterMs - certificate.notBeforeMs;
  return certificate.notBeforeMs + lifetimeMs * times.renewAfter;
}

/** A moment in the future was noted by a clock that was wrong: waiting for it could take years. */
function momentMs(text: string | undefined, nowMs: number): number | undefined {
  const moment = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(moment) && moment <= nowMs ? moment : undefined;
}

function sameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((item) => other.has(item));
}
