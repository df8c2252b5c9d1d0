/** A certificate authority and certificates of members, made by the openssl command line in a temporary folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsFilePaths } from '../../src/http/tls-files.ts';

/** Why the tests cannot run here; false when they can. */
export const NO_OPENSSL: string | false =
  spawnSync('openssl', ['version']).status === 0
    ? false
    : 'SKIPPED: there is no openssl command on this machine, so mutual TLS is NOT tested';

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'radondb-tls-'));
  readonly caFile = join(this.folder, 'ca.pem');
  #serial = 0;

  constructor(name = 'test authority') {
    const key = join(this.folder, 'ca.key');
    this.#openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', key, '-out', this.caFile, '-days', '2', '-subj', `/CN=${name}`],
    );
  }

  /** Issues a certificate with this common name. */
  issue(commonName: string): TlsFilePaths {
    this.#serial += 1;
    const base = join(this.folder, `c${this.#serial}`);
    const [certFile, keyFile, requestFile] = [`${base}.pem`, `${base}.key`, `${base}.csr`];
    this.#openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', keyFile, '-out', requestFile],
      ...['-subj', `/CN=${commonName.replaceAll('/', '\\/')}`],
    );
    writeFileSync(`${base}.ext`, 'extendedKeyUsage=serverAuth,clientAuth\n');
    this.#openssl(
      ...['x509', '-req', '-in', requestFile, '-CA', this.caFile],
      ...['-CAkey', join(this.folder, 'ca.key'), '-set_serial', String(this.#serial)],
      ...['-days', '2', '-extfile', `${base}.ext`, '-out', certFile],
    );
    return { caFile: this.caFile, certFile, keyFile };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
