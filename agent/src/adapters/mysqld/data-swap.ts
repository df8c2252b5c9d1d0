import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  exists,
  readJson,
  removeDurably,
  renameDurably,
  writeJsonDurably,
} from './durable-files.ts';
import { type MysqldLayout, PREVIOUS_PREFIX } from './layout.ts';

/**
 * Puts a complete clone in the data folder's place. The marker is durable before the first rename, so that a crash at any point is
 * finished by `finishSwap`: either the old data is still in place and no marker exists, or the clone will be.
 */
export async function swapIn(layout: MysqldLayout): Promise<void> {
  await writeJsonDurably(layout.swapFile, { previous: await nextPrevious(layout) });
  await finishSwap(layout);
}

/** Completes a swap that a crash interrupted. Harmless when there is none. */
export async function finishSwap(layout: MysqldLayout): Promise<void> {
  const marker = await readJson(layout.swapFile);
  if (marker === null) return;
  const name = typeof marker === 'object' && 'previous' in marker ? String(marker.previous) : '';
  if (!name.startsWith(PREVIOUS_PREFIX))
    throw new Error(`${layout.swapFile} is not a swap's marker`);
  const previous = path.join(layout.root, name);
  if (await exists(layout.incoming)) {
    if ((await exists(layout.data)) && !(await exists(previous)))
      await renameDurably(layout.data, previous);
    await renameDurably(layout.incoming, layout.data);
  }
  await removeDurably(layout.swapFile);
}

/** Folders that swaps have kept, as paths. */
export async function previousFolders(layout: MysqldLayout): Promise<readonly string[]> {
  const names = await readdir(layout.root).catch(() => []);
  return names
    .filter((name) => name.startsWith(PREVIOUS_PREFIX))
    .map((name) => path.join(layout.root, name));
}

async function nextPrevious(layout: MysqldLayout): Promise<string> {
  const numbers = (await previousFolders(layout)).map((folder) =>
    Number(path.basename(folder).slice(PREVIOUS_PREFIX.length)),
  );
  return `${PREVIOUS_PREFIX}${Math.max(0, ...numbers.filter(Number.isInteger)) + 1}`;
}
