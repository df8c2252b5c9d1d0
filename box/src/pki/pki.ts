import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataRefusedError } from '../errors.ts';
import { readText } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { issueAuthority, issueLeaf, type KeyAndCertificate } from './issue.ts';

/** Paths of PEM files: AgentConfig.tls, and what mysqld's ssl_ca, ssl_cert and ssl_key are. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** The certificate of whoever runs the box: it may ask agents for what only an operator may. */
export const OPERATOR = 'operator/local';

/** The authority of a data folder and what it issued. Keys are readable by their owner only. */
export interface Pki {
  member(name: string): Promise<TlsFiles>;
  operator(): Promise<TlsFiles>;
}

/** Reads the authority of a data folder, or makes it. */
export async function openPki(folder: string): Promise<Pki> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const caFile = join(folder, 'ca.crt');
  const authority = await keep(caFile, join(folder, 'ca.key'), () =>
    issueAuthority('RadonDB MySQL, local authority'),
  );
  const leaf = async (file: string, commonName: string, names: string[]): Promise<TlsFiles> => {
    const certFile = join(folder, `${file}.crt`);
    const keyFile = join(folder, `${file}.key`);
    await keep(certFile, keyFile, () => issueLeaf(authority, commonName, names));
    return { caFile, certFile, keyFile };
  };
  return {
    // A cluster may not be called `operator`'s file name: members end in `-N`.
    member: (name) => leaf(name, `member/${name}`, ['localhost', name]),
    operator: () => leaf('operator', OPERATOR, ['localhost']),
  };
}

/** The key is written first: a certificate that is there has its key. */
async function keep(
  certFile: string,
  keyFile: string,
  make: () => Promise<KeyAndCertificate>,
): Promise<KeyAndCertificate> {
  const [certificate, key] = await Promise.all([readText(certFile), readText(keyFile)]);
  if (certificate !== null && key !== null) return { certificate, key };
  if (certificate !== null) {
    throw new DataRefusedError(`${keyFile} is missing, and ${certFile} is useless without it`);
  }
  const made = await make();
  await writeFileAtomic(keyFile, made.key, { mode: 0o600 });
  await writeFileAtomic(certFile, made.certificate);
  return made;
}
