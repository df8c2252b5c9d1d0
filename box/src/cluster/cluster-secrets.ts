/** What this machine needs of a cluster's Secrets, as files: commands read them also while nothing runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '@radondb/controller/runtime/index';
import type { ClusterLayout } from '../data-folder/layout.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import type { TlsFiles } from '../pki/pki.ts';
import { LOOPBACK } from '../ports/free-port.ts';
import { clientCnf } from './client-cnf.ts';
import type { ApplicationCredentials } from './credentials.ts';

/** The parts of the Secrets `NAME-credentials`, `NAME-ca` and `NAME-tls`. */
export interface ClusterSecrets {
  readonly application: ApplicationCredentials;
  readonly caPem: string;
  readonly operator: { readonly certPem: string; readonly keyPem: string };
}

/** Null while one of them is not there or not complete. */
export function readClusterSecrets(secrets: {
  readonly credentials: KubeObject | undefined;
  readonly authority: KubeObject | undefined;
  readonly tls: KubeObject | undefined;
}): ClusterSecrets | null {
  const credentials = texts(secrets.credentials);
  const authority = texts(secrets.authority);
  const { username: user, password, database } = credentials;
  const { 'operator.crt': certPem, 'operator.key': keyPem } = authority;
  const { 'ca.crt': caPem } = texts(secrets.tls);
  const all = [user, password, certPem, keyPem, caPem];
  if (all.some((it) => it === undefined)) return null;
  return {
    application: { user: user ?? '', password: password ?? '', database: database || null },
    caPem: caPem ?? '',
    operator: { certPem: certPem ?? '', keyPem: keyPem ?? '' },
  };
}

function texts(secret: KubeObject | undefined): Readonly<Record<string, string | undefined>> {
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

/** Writes them, readable for their owner only. @returns the operator's files */
export async function keepClusterSecrets(
  files: ClusterLayout,
  secrets: ClusterSecrets,
  primaryPort: number,
): Promise<TlsFiles> {
  const { application, caPem, operator } = secrets;
  const folder = join(files.root, 'operator');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tls = {
    caFile: files.caFile,
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
  };
  await writeFileAtomic(tls.caFile, caPem);
  await writeFileAtomic(tls.keyFile, operator.keyPem, { mode: 0o600 });
  await writeFileAtomic(tls.certFile, operator.certPem);
  const login = { ...application, host: LOOPBACK, port: primaryPort, caFile: tls.caFile };
  await writeFileAtomic(files.clientFile, clientCnf(login), { mode: 0o600 });
  await writeFileAtomic(files.credentialsFile, `${JSON.stringify(application, null, 2)}\n`, {
    mode: 0o600,
  });
  return tls;
}
