import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issueAuthority, issueLeaf, type KeyAndCertificate } from '@radondb/box/pki/issue';

/** Somebody who authenticates with a token from the start. */
export interface TokenUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Who the API server is and whom it believes: files for its arguments, and texts for clients. */
export interface Credentials {
  readonly files: {
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
    readonly serviceAccountKey: string;
    readonly tokens: string;
  };
  readonly authority: KeyAndCertificate;
  /** Of `admin`, in `system:masters`. */
  readonly adminToken: string;
  /** By user name. */
  readonly tokens: Readonly<Record<string, string>>;
}

const ADMIN = 'admin';

/** Reads the credentials of a data folder, or makes them: whoever used the folder before still gets in. */
export async function openCredentials(
  folder: string,
  users: readonly TokenUser[],
): Promise<Credentials> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  const authority = await keep(file('ca.json'), () => issueAuthority('kube-control-plane'));
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const leaf = await keep(file('server.json'), () => issueLeaf(authority, 'kube-apiserver', names));
  const serviceAccounts = await keep(file('service-accounts.json'), makeSigningKey);
  const kept = await keep<Record<string, string>>(file('tokens.json'), () => ({}));
  const all: readonly TokenUser[] = [{ name: ADMIN, groups: ['system:masters'] }, ...users];
  const tokens = Object.fromEntries(all.map(({ name }) => [name, kept[name] ?? newToken()]));
  const files = {
    ca: file('ca.pem'),
    certificate: file('server.pem'),
    key: file('server.key'),
    serviceAccountKey: file('service-accounts.key'),
    tokens: file('tokens.csv'),
  };
  const texts: readonly (readonly [string, string])[] = [
    [files.ca, authority.certificate],
    [files.certificate, leaf.certificate],
    [files.key, leaf.key],
    [files.serviceAccountKey, serviceAccounts.key],
    [files.tokens, all.map((user) => csvLine(user, tokens[user.name] ?? '')).join('')],
    [file('tokens.json'), JSON.stringify({ ...kept, ...tokens })],
  ];
  for (const [path, text] of texts) await writeFile(path, text, { mode: 0o600 });
  return { files, authority, adminToken: tokens[ADMIN] ?? '', tokens };
}

/** A line of `--token-auth-file`: token, user, uid, "groups". */
function csvLine({ name, groups = [] }: TokenUser, token: string): string {
  const quoted = [token, name, name, groups.join(',')].map((it) => `"${it.replaceAll('"', '""')}"`);
  return `${quoted.join(',')}\n`;
}

function makeSigningKey(): { key: string } {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { key: privateKey };
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

async function keep<T>(file: string, make: () => T | Promise<T>): Promise<T> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text !== null) return JSON.parse(text) as T;
  const made = await make();
  await writeFile(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}
