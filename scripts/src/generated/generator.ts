import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that is checked in and made from other files. */
export type Generator = {
  /** Path from the repository's root. */
  readonly output: string;
  /** The file's whole content; the same sources must give the same text. */
  readonly produce: () => Promise<string>;
};

/** Outputs whose file is missing or has other content. Writes nothing. */
export async function findStale(root: string, generators: readonly Generator[]): Promise<string[]> {
  const stale: string[] = [];
  for (const { output, produce } of generators) {
    const [wanted, found] = await Promise.all([produce(), readIfThere(join(root, output))]);
    if (wanted !== found) stale.push(output);
  }
  return stale;
}

/** Writes what is stale and nothing else. @returns the outputs that were written. */
export async function writeStale(
  root: string,
  generators: readonly Generator[],
): Promise<string[]> {
  const stale = await findStale(root, generators);
  for (const { output, produce } of generators.filter((it) => stale.includes(it.output))) {
    await mkdir(dirname(join(root, output)), { recursive: true });
    await writeFile(join(root, output), await produce());
  }
  return stale;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
