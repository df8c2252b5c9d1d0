import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Semi-synchronous replication (no acknowledged write lost) and clone (a new replica's data). */
export const NEEDED_PLUGINS = [
  'semisync_source.so',
  'semisync_replica.so',
  'mysql_clone.so',
] as const;

/** The needed plugins that are not in the folder, in a fixed order. */
export async function missingPlugins(pluginDir: string): Promise<string[]> {
  const found = await Promise.all(
    NEEDED_PLUGINS.map((name) =>
      access(join(pluginDir, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return NEEDED_PLUGINS.filter((_, index) => found[index] === false);
}
