import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** All executables of that name in the folders of `env.PATH`, in its order, each file once. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  // A relative folder (also the empty one) would make the answer depend on the working directory.
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const found = new Map<string, string>();
  for (const path of folders.map((folder) => join(folder, name))) {
    if (!(await isExecutable(path))) continue;
    const real = await realpath(path);
    if (!found.has(real)) found.set(real, path);
  }
  return [...found.values()];
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
