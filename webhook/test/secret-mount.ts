import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET_KEYS, type SecretData } from '../src/certificates.ts';

/** A Secret as the kubelet mounts it: files are links into `..data`, itself a link that is swapped. */
export class SecretMount {
  readonly directory: string;
  #count = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async write(secret: SecretData): Promise<void> {
    this.#count += 1;
    const version = `..version-${this.#count}`;
    await mkdir(join(this.directory, version));
    for (const key of [SECRET_KEYS.certificate, SECRET_KEYS.key]) {
      await writeFile(join(this.directory, version, key), secret[key] ?? '');
    }
    await symlink(version, join(this.directory, '..new'));
    await rename(join(this.directory, '..new'), join(this.directory, '..data'));
    if (this.#count > 1) return;
    for (const key of [SECRET_KEYS.certificate, SECRET_KEYS.key]) {
      await symlink(join('..data', key), join(this.directory, key));
    }
  }
}
