/**
 * A salted hash of a password, to find out later whether another one is declared. The password itself is stored nowhere. The server's own
 * hash cannot serve: nothing in Node computes it, and logging in with the password fails for other reasons (host, TLS, limits).
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** `salt:key` in base64. */
export async function fingerprintOf(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
): Promise<string> {
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
  return `${salt.toString('base64')}:${key.toString('base64')}`;
}

/** Whether `fingerprint` was made of this password; false for what is no fingerprint. */
export async function isPasswordOf(password: string, fingerprint: string): Promise<boolean> {
  const [salt = '', key = ''] = fingerprint.split(':');
  const [, wanted = ''] = (await fingerprintOf(password, Buffer.from(salt, 'base64'))).split(':');
  const [a, b] = [Buffer.from(key, 'base64'), Buffer.from(wanted, 'base64')];
  return a.length === b.length && timingSafeEqual(a, b);
}
