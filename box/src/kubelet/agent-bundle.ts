import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/** What a bundle was made of: path → size and time of change. */
type Inputs = Readonly<Record<string, string>>;

/**
 * The agent as one plain JavaScript file. Hundreds of TypeScript files, stripped anew in every agent,
 * cost each of them seconds of start and as much memory again as the agent itself.
 *
 * Made once; made again when a source has changed.
 *
 * @returns `bundle`
 */
export async function bundleAgent(source: string, bundle: string): Promise<string> {
  const inputsFile = `${bundle}.inputs.json`;
  if (await isCurrent(source, bundle, inputsFile)) return bundle;
  const fresh = `${bundle}.new`;
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [source],
    outfile: fresh,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@radondb/source'],
    absWorkingDir: '/',
    metafile: true,
    legalComments: 'none',
    // Packages in CommonJS ask for Node's own modules in their way.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  const paths = Object.keys(metafile.inputs).map((path) => resolve('/', path));
  const seen = await Promise.all(paths.map(async (path) => [path, await mark(path)] as const));
  // The list goes first: a bundle without its list is made anew, one with an older list would be trusted.
  await rm(inputsFile, { force: true });
  await rename(fresh, bundle);
  const inputs = { source, files: Object.fromEntries(seen) };
  await writeFileAtomic(inputsFile, `${JSON.stringify(inputs)}\n`);
  return bundle;
}

async function isCurrent(source: string, bundle: string, inputsFile: string): Promise<boolean> {
  const known = await readJson(inputsFile).catch(() => null);
  if (!isRecord(known) || known['source'] !== source) return false;
  if (!isRecord(known['files']) || (await mark(bundle)) === GONE) return false;
  const files = Object.entries(known['files'] as Inputs);
  const marks = await Promise.all(files.map(async ([path, was]) => (await mark(path)) === was));
  return marks.every(Boolean);
}

const GONE = 'gone';

async function mark(path: string): Promise<string> {
  return await stat(path).then(
    (it) => `${it.size} ${it.mtimeMs}`,
    () => GONE,
  );
}
