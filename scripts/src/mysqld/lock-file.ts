import { readFile } from 'node:fs/promises';
import type { DebianArchitecture } from './platform.ts';
import type { PackageFile } from './print-uris.ts';
import { ToolMissingError } from './tool-missing-error.ts';

export type LockedPackage = {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
};

/** What was resolved when the lock was last written; no hosts, so that any mirror serves. */
export type MysqlLock = {
  readonly format: 1;
  /** The MySQL series the product is tested with: `9.7`. */
  readonly series: string;
  readonly architectures: Readonly<Partial<Record<'amd64' | 'arm64', readonly LockedPackage[]>>>;
};

/** The checked-in lock file. */
export const LOCK_FILE = new URL('../../mysql.lock.json', import.meta.url);

/** @throws Error when the file is missing or of another format: the checkout is broken. */
export async function readLock(file: URL | string = LOCK_FILE): Promise<MysqlLock> {
  const lock = JSON.parse(await readFile(file, 'utf8')) as MysqlLock;
  if (lock.format !== 1) throw new Error(`${String(file)} has an unknown format`);
  return lock;
}

/** What apt offers now, as it stands in a lock file: sorted by name. */
export function lockedPackages(files: readonly PackageFile[]): LockedPackage[] {
  return files
    .map(({ name, version, architecture, size, sha256 }) => ({
      name,
      version,
      architecture,
      size,
      sha256,
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * Compares what apt offers with the lock. The same version must have the same digest. Another
 * version of a package is taken (sid moves on and forgets), as long as MySQL stays in its series;
 * its digest then rests on apt's signature alone, so each such package gives a note.
 *
 * @returns notes for a person; empty when everything is as locked.
 * @throws ToolMissingError `digest-mismatch` or `wrong-series`.
 */
export function compareWithLock(
  files: readonly PackageFile[],
  lock: MysqlLock,
  arch: DebianArchitecture,
): string[] {
  const server = files.find((file) => file.name === 'mysql-server-core');
  if (server === undefined || !isInSeries(server.version, lock.series)) {
    throw new ToolMissingError({
      code: 'wrong-series',
      problem: `The Debian mirror has MySQL ${server?.version ?? '(none)'} and ${lock.series}.x is needed`,
    });
  }
  const locked = lock.architectures[arch.name];
  if (locked === undefined) return [`the lock file has nothing for ${arch.name}`];
  const byName = new Map(locked.map((it) => [it.name, it]));
  const changed = files.flatMap((file) => {
    const pin = byName.get(file.name);
    if (pin === undefined) return [`${file.name} ${file.version} is not in the lock file`];
    if (pin.version !== file.version) {
      return [`${file.name} is ${file.version}, the lock file has ${pin.version}`];
    }
    if (pin.sha256 === file.sha256) return [];
    throw new ToolMissingError({
      code: 'digest-mismatch',
      problem: `${file.name} ${file.version} of this mirror is not the package of the lock file`,
    });
  });
  return changed.toSorted();
}

function isInSeries(version: string, series: string): boolean {
  return version.replace(/^\d+:/, '').startsWith(`${series}.`);
}
