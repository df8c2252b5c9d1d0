import { access, lstat, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandSpec } from '../command.ts';
import type { DebianArchitecture } from './platform.ts';

/** The commands and paths inside a folder into which Debian's packages were unpacked. */
export type PrivateRoot = {
  readonly mysqld: CommandSpec;
  readonly mysql: CommandSpec;
  readonly mysqlbinlog: CommandSpec;
  readonly mysqldump: CommandSpec;
  readonly pluginDir: string;
  readonly serverArgs: readonly string[];
};

/**
 * Everything runs through the root's own dynamic loader: its C library is newer than the host's,
 * and the paths that are compiled in (`/usr/share/mysql`, …) are not there on the host.
 */
export function describePrivateRoot(root: string, arch: DebianArchitecture): PrivateRoot {
  const libraries = join(root, 'usr/lib', arch.triplet);
  const command = (path: string): CommandSpec => ({
    file: join(libraries, arch.loader),
    args: ['--library-path', libraries, join(root, path)],
  });
  const pluginDir = join(root, 'usr/lib/mysql/plugin');
  return {
    mysqld: command('usr/sbin/mysqld'),
    mysql: command('usr/bin/mysql'),
    mysqlbinlog: command('usr/bin/mysqlbinlog'),
    mysqldump: command('usr/bin/mysqldump'),
    pluginDir,
    serverArgs: [
      '--secure-file-priv=NULL',
      `--lc-messages-dir=${join(root, 'usr/share/mysql')}`,
      `--character-sets-dir=${join(root, 'usr/share/mysql/charsets')}`,
      `--plugin-dir=${pluginDir}`,
    ],
  };
}

/**
 * Makes `bin`, `sbin`, `lib`, `lib64` links into `usr/`. Debian's packages put their files under
 * `usr/` and leave these links to base-files, which is not among them; with the links the folder
 * also works as a container image's root, where the loader is asked for under /lib64.
 */
export async function linkMergedUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    const isThere = await lstat(join(root, name)).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(join('usr', name), join(root, name));
  }
}

/** The client programs of the root that exist; a name that is missing gives null. */
export async function existing(command: CommandSpec): Promise<CommandSpec | null> {
  const program = command.args.at(-1) ?? command.file;
  return await access(program).then(
    () => command,
    () => null,
  );
}
