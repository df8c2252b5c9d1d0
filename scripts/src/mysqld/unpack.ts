import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { PackageFile } from './print-uris.ts';
import { ToolMissingError } from './tool-missing-error.ts';

const AT_ONCE = 2;

export type UnpackOptions = {
  readonly files: readonly PackageFile[];
  /** The folder with the package files. */
  readonly dir: string;
  /** The folder to unpack into; their trees do not overlap in files, only in folders. */
  readonly root: string;
  readonly onPackage: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
};

/** Unpacks the packages' files without installing them: no root, no scripts. @throws ToolMissingError */
export async function unpackAll(options: UnpackOptions): Promise<void> {
  // The largest first, so that it is not the one that is waited for at the end.
  const queue = options.files.toSorted((left, right) => right.size - left.size);
  let done = 0;
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const path = join(options.dir, file.fileName);
      const result = await runCommand(
        { file: 'dpkg-deb', args: ['-x', path, options.root] },
        { signal: options.signal },
      );
      if (result.code !== 0) {
        queue.length = 0;
        const isFull = /no space left/i.test(result.stderr);
        throw new ToolMissingError({
          code: isFull ? 'disk-full' : 'fetch-failed',
          problem: `${file.fileName} cannot be unpacked (${result.stderr.trim().split('\n').at(-1)})`,
        });
      }
      done += 1;
      options.onPackage(done);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const it of ended) if (it.status === 'rejected') throw it.reason;
}
