import type { CertificateStep, CertificateWishes } from './decide.ts';
import { issueAuthority, issueLeaf } from './issue.ts';
import { readCertificate } from './pem.ts';
import { type KeyAndCertificate, SECRET_KEYS, type SecretData } from './secret-data.ts';

/** A step that changes the Secret. */
export type SecretStep = Exclude<CertificateStep, { do: 'trust' | 'wait' }>;

/** What the Secret holds after a step; all of it, in one write, so that no two steps are mixed. */
export async function secretAfter(
  step: SecretStep,
  before: SecretData,
  nowMs: number,
  wishes: CertificateWishes,
): Promise<SecretData> {
  const now = new Date(nowMs).toISOString();
  const lifetimeMs = wishes.times.authorityLifetimeMs;
  switch (step.do) {
    case 'start': {
      const authority = await issueAuthority({ nowMs, lifetimeMs });
      return {
        ...(await withLeaf(authority, nowMs, wishes)),
        // Its key is lost, perhaps, but processes serve a leaf of it until they read the new one.
        ...previous(before[SECRET_KEYS.authority], now),
      };
    }
    case 'renew-leaf': {
      const authority = {
        certificate: before[SECRET_KEYS.authority] ?? '',
        key: before[SECRET_KEYS.authorityKey] ?? '',
      };
      return { ...before, ...(await withLeaf(authority, nowMs, wishes)) };
    }
    case 'make-next-authority': {
      const next = await issueAuthority({ nowMs, lifetimeMs });
      return {
        ...without(before, SECRET_KEYS.nextTrustedSince),
        [SECRET_KEYS.nextAuthority]: next.certificate,
        [SECRET_KEYS.nextAuthorityKey]: next.key,
      };
    }
    case 'note-next-trusted':
      return { ...before, [SECRET_KEYS.nextTrustedSince]: now };
    case 'forget-next-trusted':
      return without(before, SECRET_KEYS.nextTrustedSince);
    case 'switch-authority': {
      const next = {
        certificate: before[SECRET_KEYS.nextAuthority] ?? '',
        key: before[SECRET_KEYS.nextAuthorityKey] ?? '',
      };
      return {
        ...(await withLeaf(next, nowMs, wishes)),
        ...previous(before[SECRET_KEYS.authority], now),
      };
    }
    case 'drop-previous':
      return without(before, SECRET_KEYS.previousAuthority, SECRET_KEYS.servedSince);
  }
}

async function withLeaf(
  authority: KeyAndCertificate,
  nowMs: number,
  { names, times }: CertificateWishes,
): Promise<SecretData> {
  const latestMs = readCertificate(authority.certificate)?.validToDate.getTime() ?? nowMs;
  const lifetimeMs = times.leafLifetimeMs;
  const leaf = await issueLeaf({ nowMs, lifetimeMs, authority, names, latestMs });
  return {
    [SECRET_KEYS.authority]: authority.certificate,
    [SECRET_KEYS.authorityKey]: authority.key,
    [SECRET_KEYS.certificate]: leaf.certificate,
    [SECRET_KEYS.key]: leaf.key,
  };
}

function previous(certificate: string | undefined, now: string): SecretData {
  return certificate === undefined || readCertificate(certificate) === undefined
    ? {}
    : { [SECRET_KEYS.previousAuthority]: certificate, [SECRET_KEYS.servedSince]: now };
}

function without(data: SecretData, ...keys: readonly string[]): SecretData {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}
