/**
 * What has to be done to a cluster's certificates. Pure: facts in, decision out. raft and mysqld read their certificates when they
 * start, so every change is followed by a rolling restart, and an authority is changed in three steps, each when all pods run with
 * the one before: the next is trusted, then it signs, then the old is trusted no more.
 */
import type { CertificateFacts } from './facts.ts';
import type { Leaf } from './names.ts';

export type AuthorityStep =
  /** There is none, or it cannot be used. */
  | 'make'
  /** Trust a next one beside it. */
  | 'add-next'
  /** The next one signs from now on. */
  | 'promote-next'
  /** Nobody has a certificate of the old one any more. */
  | 'drop-old'
  | 'keep';

export interface CertificateDecision {
  readonly authority: AuthorityStep;
  /** Leaves to issue, by the authority that signs after that step. */
  readonly leaves: readonly Leaf[];
  /** The trust bundle that the members have is not the one of the authorities. */
  readonly writeBundle: boolean;
}

export interface CertificateState {
  readonly nowMs: number;
  readonly authority: CertificateFacts | null;
  readonly hasNext: boolean;
  readonly hasOld: boolean;
  readonly bundleIsCurrent: boolean;
  /** Every certificate that should be there, with what is there. */
  readonly leaves: readonly { readonly leaf: Leaf; readonly facts: CertificateFacts | null }[];
  /** Every pod runs with what the Secrets say now. */
  readonly isSettled: boolean;
}

/** Renewed when less than a third of the life is left: a restart has months to find its moment. */
const RENEW_AT = 1 / 3;

export function decideCertificates(state: CertificateState): CertificateDecision {
  const authority = authorityStep(state);
  const all = authority === 'make' || authority === 'promote-next';
  const leaves = state.leaves
    .filter(({ leaf, facts }) => all || isDue(leaf, facts, state.nowMs))
    .map(({ leaf }) => leaf);
  const writeBundle = authority !== 'keep' || !state.bundleIsCurrent;
  return { authority, leaves, writeBundle };
}

/** Nothing has to be written. */
export function isNothing({ authority, leaves, writeBundle }: CertificateDecision): boolean {
  return authority === 'keep' && leaves.length === 0 && !writeBundle;
}

function authorityStep(state: CertificateState): AuthorityStep {
  const { authority, nowMs, hasNext, hasOld, isSettled, bundleIsCurrent } = state;
  if (authority === null || nowMs >= authority.notAfterMs) return 'make';
  const isCalm = isSettled && bundleIsCurrent;
  if (hasNext) return isCalm ? 'promote-next' : 'keep';
  if (hasOld) {
    const all = state.leaves.every(({ facts }) => facts?.isCurrent === true);
    return isCalm && all ? 'drop-old' : 'keep';
  }
  return isOld(authority, nowMs) ? 'add-next' : 'keep';
}

function isDue(leaf: Leaf, facts: CertificateFacts | null, nowMs: number): boolean {
  if (facts === null || !facts.isCurrent || isOld(facts, nowMs)) return true;
  if (facts.commonName !== leaf.commonName) return true;
  return !leaf.names.every((name) => facts.names.includes(name));
}

function isOld({ notBeforeMs, notAfterMs }: CertificateFacts, nowMs: number): boolean {
  return notAfterMs - nowMs < (notAfterMs - notBeforeMs) * RENEW_AT;
}
