import { open } from 'node:fs/promises';
import { BinlogEventReader, type FileEnd } from './event-reader.ts';
import type { BinlogEvent } from './event-types.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Reads a file's events in portions, so that a binlog of 1 GiB costs a megabyte. Stops early when `visit` returns false (then null). */
export async function readEvents(
  file: string,
  visit: (event: BinlogEvent) => boolean,
): Promise<FileEnd | null> {
  const handle = await open(file, 'r');
  try {
    const reader = new BinlogEventReader(file);
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return reader.end();
      for (const event of reader.push(buffer.subarray(0, bytesRead))) {
        if (!visit(event)) return null;
      }
    }
  } finally {
    await handle.close();
  }
}
