/** Certificates for tests, made with the openssl command. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TlsIdentity } from '@radondb/raft/node';

export function opensslPresent(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An authority that signs one certificate for each name. */
export function issue(names: readonly string[]): Map<string, TlsIdentity> {
  const directory = mkdtempSync(path.join(tmpdir(), 'raft-tls-'));
  const file = (name: string): string => path.join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore', cwd: directory });
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    );
    const ca = readFileSync(file('ca.pem'), 'utf8');
    const identities = new Map<string, TlsIdentity>();
    for (const name of names) {
      openssl('req', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', `/CN=${name}`);
      openssl(
        'x509',
        '-req',
        '-in',
        'request.pem',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-out',
        'cert.pem',
      );
      const key = readFileSync(file('key.pem'), 'utf8');
      identities.set(name, { key, cert: readFileSync(file('cert.pem'), 'utf8'), ca });
    }
    return identities;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
