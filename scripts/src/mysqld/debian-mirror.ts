import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptSource, parseDeb822Sources, parseOneLineSources } from './apt-sources.ts';

/** The Debian mirror that the host's apt is configured with, and the key that signs it. */
export type DebianMirror = { readonly uri: string; readonly signedBy: string | null };

const RELEASES = new Set(
  (
    'stretch buster bullseye bookworm trixie forky duke sid ' +
    'oldoldstable oldstable stable testing unstable'
  ).split(' '),
);

/** Reads `sources.list` and `sources.list.d`; a folder without them gives an empty list. */
export async function readAptSources(etcApt: string): Promise<AptSource[]> {
  const parts = await readdir(join(etcApt, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.toSorted().map((name) => `sources.list.d/${name}`)];
  const sources: AptSource[] = [];
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name))) {
    const text = await readFile(join(etcApt, file), 'utf8').catch(() => '');
    sources.push(
      ...(file.endsWith('.sources') ? parseDeb822Sources(text) : parseOneLineSources(text)),
    );
  }
  return sources;
}

/**
 * The mirror of Debian itself among the sources; null when there is none (Ubuntu, …). Others
 * publish under Debian's suite names too (`stable main`, `bookworm main`), so what only Debian's
 * own archive looks like decides: its updates suite, its key's name, its folder's name.
 */
export function chooseDebianMirror(sources: readonly AptSource[]): DebianMirror | null {
  const ranked = sources
    .filter(
      (it) => it.suites.some((suite) => RELEASES.has(suite)) && it.components.includes('main'),
    )
    .flatMap((it) => it.uris.map((uri) => ({ uri, signedBy: it.signedBy })))
    .map((mirror) => ({ mirror, likeness: likenessToDebian(mirror, sources) }))
    .toSorted((left, right) => right.likeness - left.likeness);
  return ranked[0]?.mirror ?? null;
}

function likenessToDebian(mirror: DebianMirror, sources: readonly AptSource[]): number {
  const hasUpdates = sources.some(
    (it) => it.uris.includes(mirror.uri) && it.suites.some((suite) => suite.endsWith('-updates')),
  );
  const hasDebianKey = /debian-archive/.test(mirror.signedBy ?? '');
  const isDebianFolder = /\/debian\/?$/.test(mirror.uri);
  return (hasUpdates ? 4 : 0) + (hasDebianKey ? 2 : 0) + (isDebianFolder ? 1 : 0);
}
