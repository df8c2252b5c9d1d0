/** A cluster's certificates as they lie in its two Secrets: read, decided upon, written anew. */
import { contentDigest } from '../content-digest.ts';
import { type CertificateDecision, decideCertificates } from './decide.ts';
import { readCertificate } from './facts.ts';
import { issueAuthority, issueLeaf, type KeyAndCertificate } from './issue.ts';
import { type Leaf, memberLeaf, OPERATOR_LEAF } from './names.ts';

/** Decoded data of a Secret; empty when there is none. */
export type SecretTexts = Readonly<Record<string, string>>;

export interface CertificateSecrets {
  /** `ca.crt` and `ca.key`, `operator.crt` and `operator.key`; while the authority changes `next.crt` and `next.key`, or `old.crt`. */
  readonly authority: SecretTexts;
  /** `ca.crt`: everybody who is trusted; `NAME.crt` and `NAME.key` of each member. */
  readonly members: SecretTexts;
}

interface Cluster {
  readonly name: string;
  readonly namespace: string;
  readonly members: readonly string[];
}

/** What has to be done. */
export function planCertificates(
  cluster: Cluster,
  { authority, members }: CertificateSecrets,
  now: {
    readonly ms: number;
    /** Whether every pod runs with what the Secrets say now; asked only while an authority is being changed. */
    readonly isSettled: () => boolean;
  },
): CertificateDecision {
  const signer = authority['ca.key'] === undefined ? undefined : authority['ca.crt'];
  const facts = (texts: SecretTexts, file: string) =>
    texts[`${file}.key`] === undefined ? null : readCertificate(texts[`${file}.crt`], signer);
  const isChanging = authority['next.crt'] !== undefined || authority['old.crt'] !== undefined;
  return decideCertificates({
    nowMs: now.ms,
    isSettled: isChanging && now.isSettled(),
    authority: readCertificate(signer, signer),
    hasNext: authority['next.crt'] !== undefined,
    hasOld: authority['old.crt'] !== undefined,
    bundleIsCurrent: members['ca.crt'] === bundleOf(authority),
    leaves: [
      { leaf: OPERATOR_LEAF, facts: facts(authority, 'operator') },
      ...cluster.members.map((member) => ({
        leaf: memberLeaf(cluster, member),
        facts: facts(members, member),
      })),
    ],
  });
}

/** Does it: the Secrets' new content. What is issued is random; nothing else is. */
export async function renewCertificates(
  cluster: Cluster,
  secrets: CertificateSecrets,
  decision: CertificateDecision,
  nowMs: number,
): Promise<CertificateSecrets> {
  const authority = { ...(await stepped(cluster, secrets.authority, decision, nowMs)) };
  const kept = new Set(['ca.crt', ...cluster.members.flatMap((it) => [`${it}.crt`, `${it}.key`])]);
  const members: Record<string, string> = Object.fromEntries(
    Object.entries(secrets.members).filter(([key]) => kept.has(key)),
  );
  const signer: KeyAndCertificate = {
    key: authority['ca.key'] ?? '',
    certificate: authority['ca.crt'] ?? '',
  };
  for (const leaf of decision.leaves) {
    const { key, certificate } = await issueLeaf(signer, leaf, nowMs);
    const [into, file] = leaf === OPERATOR_LEAF ? [authority, 'operator'] : [members, fileOf(leaf)];
    into[`${file}.key`] = key;
    into[`${file}.crt`] = certificate;
  }
  members['ca.crt'] = bundleOf(authority);
  return { authority, members };
}

/** Digest of what pods read once: the certificates, not the keys. */
export function certificatesDigest(members: SecretTexts): string {
  return contentDigest(
    Object.fromEntries(Object.entries(members).filter(([file]) => file.endsWith('.crt'))),
  );
}

function fileOf({ commonName }: Leaf): string {
  return commonName.slice(commonName.indexOf('/') + 1);
}

function bundleOf(authority: SecretTexts): string {
  return ['ca.crt', 'next.crt', 'old.crt']
    .map((file) => authority[file]?.trim() ?? '')
    .filter((pem) => pem !== '')
    .join('\n');
}

async function stepped(
  cluster: Cluster,
  authority: SecretTexts,
  { authority: step }: CertificateDecision,
  nowMs: number,
): Promise<Record<string, string>> {
  const { 'next.crt': nextCrt, 'next.key': nextKey, 'old.crt': _old, ...rest } = authority;
  const commonName = `${cluster.namespace}/${cluster.name}`.slice(0, 64);
  switch (step) {
    case 'keep':
      return { ...authority };
    case 'make': {
      const made = await issueAuthority(commonName, nowMs);
      return { 'ca.crt': made.certificate, 'ca.key': made.key };
    }
    case 'add-next': {
      const made = await issueAuthority(commonName, nowMs);
      return { ...rest, 'next.crt': made.certificate, 'next.key': made.key };
    }
    case 'promote-next':
      return {
        ...rest,
        'ca.crt': nextCrt ?? '',
        'ca.key': nextKey ?? '',
        'old.crt': authority['ca.crt'] ?? '',
      };
    case 'drop-old':
      return { ...rest };
  }
}
