import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../command.ts';
import type { PackageFile } from './print-uris.ts';
import { aptError, type PrivateApt } from './private-apt.ts';
import { ToolMissingError } from './tool-missing-error.ts';

/** The program apt itself downloads with outside of apt-get: knows its proxies, keys and logins. */
export const APT_HELPER = '/usr/lib/apt/apt-helper';

// More connections gave nothing in trials: the largest package alone is 40 % of the bytes.
const CONNECTIONS = 6;
const PROGRESS_EVERY_MS = 250;

export type DownloadOptions = {
  readonly apt: PrivateApt;
  readonly files: readonly PackageFile[];
  /** An existing folder; the files keep their names. */
  readonly dir: string;
  readonly onBytes: (bytesDone: number) => void;
};

/**
 * Downloads all files at once and checks each one's SHA-256.
 *
 * @throws ToolMissingError `offline`, `fetch-failed` or `digest-mismatch`.
 */
export async function downloadAll(options: DownloadOptions): Promise<void> {
  const paths = options.files.map((file) => join(options.dir, file.fileName));
  const timer = setInterval(() => {
    void sumOfSizes(paths).then(options.onBytes);
  }, PROGRESS_EVERY_MS);
  // The first failure stops the other connections, and all have ended before the folder goes.
  const stop = new AbortController();
  const { apt } = options;
  const signal = AbortSignal.any(
    apt.signal === undefined ? [stop.signal] : [apt.signal, stop.signal],
  );
  const batches = balance(options.files, CONNECTIONS);
  try {
    const ended = await Promise.allSettled(
      batches.map((batch) =>
        downloadBatch({ ...apt, signal }, batch, options.dir).catch((error: unknown) => {
          stop.abort(error);
          throw error;
        }),
      ),
    );
    apt.signal?.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    ended.forEach((it) => {
      if (it.status === 'rejected') throw it.reason;
    });
  } finally {
    clearInterval(timer);
  }
  options.onBytes(await sumOfSizes(paths));
  for (const file of options.files) await checkDigest(join(options.dir, file.fileName), file);
}

/** Splits the files into at most `count` lists of about the same number of bytes. */
export function balance(files: readonly PackageFile[], count: number): PackageFile[][] {
  const batches = Array.from({ length: count }, () => ({ bytes: 0, files: [] as PackageFile[] }));
  for (const file of files.toSorted((left, right) => right.size - left.size)) {
    const smallest = batches.reduce((best, it) => (it.bytes < best.bytes ? it : best));
    smallest.bytes += file.size;
    smallest.files.push(file);
  }
  return batches.map((it) => it.files).filter((batch) => batch.length > 0);
}

async function downloadBatch(
  apt: PrivateApt,
  batch: readonly PackageFile[],
  dir: string,
): Promise<void> {
  const triples = batch.flatMap((it) => [it.uri, join(dir, it.fileName), `SHA256:${it.sha256}`]);
  const result = await runCommand(
    { file: APT_HELPER, args: ['-c', apt.configFile, 'download-file'] },
    { args: triples, env: apt.env, signal: apt.signal },
  );
  if (result.code !== 0) throw aptError('A package cannot be downloaded', result);
}

async function checkDigest(path: string, file: PackageFile): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') === file.sha256) return;
  throw new ToolMissingError({
    code: 'digest-mismatch',
    problem: `The downloaded ${file.fileName} is not what the signed package list names`,
  });
}

async function sumOfSizes(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (it) => it.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
