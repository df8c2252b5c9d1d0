import { constants, existsSync } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataRefusedError, MachineError, messageOf, systemCode } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { type BoxLayout, boxLayout } from './layout.ts';

/** Raised when a folder written by this version could not be read by the one before. */
export const DATA_FORMAT = 2;

/**
 * Takes an existing data folder, or makes one out of an empty or missing folder.
 *
 * @throws DataRefusedError when it belongs to something else or to a newer version; MachineError when it cannot be written.
 */
export async function openDataFolder(path: string): Promise<BoxLayout> {
  const layout = boxLayout(path);
  try {
    await makeFolder(layout.root);
    if (!(await isOurs(layout))) {
      const content = `${JSON.stringify({ product: 'radondb-box', format: DATA_FORMAT })}\n`;
      await writeFileAtomic(layout.boxFile, content);
    }
    for (const folder of [layout.clusters, layout.logs]) await mkdir(folder, { recursive: true });
    for (const folder of [layout.api, layout.node, layout.programs])
      await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw folderError(layout.root, error);
  }
  return layout;
}

/** As `mkdir -p`. Node says ENOENT for a parent on a read-only file system; the parent itself says what it is. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    let parent = dirname(path);
    while (parent !== dirname(parent) && !existsSync(parent)) parent = dirname(parent);
    await access(parent, constants.W_OK);
    throw error;
  }
}

/** Whether there is a data folder of ours. @throws DataRefusedError as above. */
export async function isDataFolder(path: string): Promise<boolean> {
  const layout = boxLayout(path);
  const content = await readJson(layout.boxFile).catch((error: unknown) => {
    throw folderError(layout.root, error);
  });
  if (content === null) return false;
  checkFormat(layout, content);
  return true;
}

async function isOurs(layout: BoxLayout): Promise<boolean> {
  if (await isDataFolder(layout.root)) return true;
  const others = (await readdir(layout.root)).filter((name) => !name.endsWith('.tmp'));
  if (others.length === 0) return false;
  throw new DataRefusedError(
    `${layout.root} holds files of something else (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}): ` +
      'choose another folder with --data or RADONDB_DATA. Nothing was changed.',
  );
}

function checkFormat(layout: BoxLayout, content: unknown): void {
  const format = isRecord(content) ? content['format'] : undefined;
  if (!isRecord(content) || content['product'] !== 'radondb-box' || typeof format !== 'number') {
    throw new DataRefusedError(
      `${layout.boxFile} is not one of ours: choose another --data folder`,
    );
  }
  if (format > DATA_FORMAT) {
    throw new DataRefusedError(
      `${layout.root} was written by a newer version (format ${format}, this one knows ${DATA_FORMAT}): ` +
        'use that version. Nothing was changed.',
    );
  }
  if (format < DATA_FORMAT) {
    throw new DataRefusedError(
      `${layout.root} was written by an early version (format ${format}, this one reads ${DATA_FORMAT}): ` +
        'go on with that version, or choose another folder with --data. Nothing was changed.',
    );
  }
}

/** A system error about the data folder in words that say what to do; others as they are. */
export function folderError(root: string, error: unknown): unknown {
  const code = systemCode(error);
  const reason =
    code === 'EROFS'
      ? 'it is on a read-only file system'
      : code === 'EACCES' || code === 'EPERM'
        ? 'permission denied'
        : code === 'ENOTDIR' || code === 'EEXIST'
          ? 'it is not a folder'
          : code === 'ENOSPC' || code === 'EDQUOT'
            ? 'there is no space left'
            : null;
  if (reason === null) return error;
  return new MachineError(
    `The data folder ${root} cannot be used: ${reason}. Choose another with --data or RADONDB_DATA. (${messageOf(error)})`,
    { cause: error },
  );
}
