import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorkDir } from './cache.ts';
import { chooseDebianMirror, readAptSources } from './debian-mirror.ts';
import { LOCK_FILE, lockedPackages, type MysqlLock, readLock } from './lock-file.ts';
import { ARCHITECTURES } from './platform.ts';
import { createPrivateApt, resolvePackages, updateLists } from './private-apt.ts';
import { ToolMissingError } from './tool-missing-error.ts';

export type UpdateLockOptions = {
  readonly env: NodeJS.ProcessEnv;
  /** Only for the working folder, which is removed. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
};

/**
 * Writes the lock file anew from what the mirror has now, for every architecture. To be run by a
 * person who then reads the difference: from then on these digests are the ones that are trusted.
 *
 * @throws ToolMissingError as a fetch does.
 */
export async function updateLock(options: UpdateLockOptions): Promise<MysqlLock> {
  const mirror = chooseDebianMirror(await readAptSources('/etc/apt'));
  if (mirror === null) {
    const problem = 'No Debian mirror is configured';
    throw new ToolMissingError({ code: 'debian-mirror-missing', problem });
  }
  const { series } = await readLock();
  const architectures: Record<string, ReturnType<typeof lockedPackages>> = {};
  const work = await createWorkDir(options.cacheDir);
  try {
    for (const arch of Object.values(ARCHITECTURES)) {
      const dir = join(work, arch.name);
      await mkdir(dir);
      const { env, signal } = options;
      const apt = await createPrivateApt({ dir, mirror, arch, env, signal });
      await updateLists(apt);
      architectures[arch.name] = lockedPackages(await resolvePackages(apt));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const lock: MysqlLock = { format: 1, series, architectures };
  await writeFile(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
  return lock;
}
