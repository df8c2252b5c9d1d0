import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Go module of this repository that pins the versions. */
export const PINS_DIR = fileURLToPath(new URL('../../../tools/kube/', import.meta.url));

/**
 * The version of a module that a go.mod requires, without the `v`.
 *
 * @throws Error when it requires none: a part and its pin belong together.
 */
export function pinnedVersion(goMod: string, module: string): string {
  // Lines of `replace` have the module first as well, and `=>` in its version's place.
  const words = goMod.split('\n').map((line) =>
    line
      .trim()
      .replace(/^require /, '')
      .split(/\s+/),
  );
  const version = words.find(([name, it]) => name === module && it?.startsWith('v'))?.[1];
  if (version !== undefined) return version.slice(1);
  throw new Error(`tools/kube/go.mod requires no version of ${module}`);
}

/** The text of the go.mod that pins. */
export async function readPins(pinsDir: string): Promise<string> {
  return await readFile(join(pinsDir, 'go.mod'), 'utf8');
}
