import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KUBE_PARTS, type KubePartName } from './parts.ts';

/** The Go modules of this repository that pin the versions: `go.mod` and `helm/go.mod`. */
export const PINS_DIR = fileURLToPath(new URL('../../../tools/kube/', import.meta.url));

/** The version that a part is pinned to. @throws Error when its go.mod requires none */
export async function pinnedVersionOf(pinsDir: string, part: KubePartName): Promise<string> {
  const { pins, module } = KUBE_PARTS[part];
  return pinnedVersion(await readFile(join(pinsDir, pins, 'go.mod'), 'utf8'), module);
}

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
  throw new Error(`the go.mod in tools/kube requires no version of ${module}`);
}
