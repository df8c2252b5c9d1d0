import { constants, copyFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type GtidSet, intersectGtids, isEmptyGtids } from '@radondb/api/gtid';
import { readLogIndex, scanLogFile, TransactionTracker } from '../../binlog/index.ts';
import { syncFolder, syncTree, writeJsonDurably } from './durable-files.ts';
import { BINLOG_INDEX, type MysqldLayout, RELAY_LOG_INDEX } from './layout.ts';

/**
 * Copies every binlog and relay log that holds one of `content` into a folder of its own, with a manifest that says what and why.
 * Copies share blocks where the file system can.
 */
export async function saveEvidence(
  layout: MysqldLayout,
  evidence: { readonly content: GtidSet; readonly reason: string; readonly epoch: number },
): Promise<string> {
  const savedAt = new Date();
  const name = `epoch-${evidence.epoch}-${savedAt.toISOString().replaceAll(/[:.]/gu, '-')}`;
  const folder = path.join(layout.evidence, name);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const files: { file: string; bytes: number; gtids: string }[] = [];
  for (const [kind, index] of [
    ['binlog', BINLOG_INDEX],
    ['relay-log', RELAY_LOG_INDEX],
  ] as const) {
    for (const file of await readLogIndex(layout.data, index)) {
      // Without a file there is nothing to save; a purged relay log is not evidence.
      if (!(await stat(file).catch(() => null))?.isFile()) continue;
      const { own, size } = await scanLogFile(file, new TransactionTracker(kind));
      const found = intersectGtids(own, evidence.content);
      if (isEmptyGtids(found)) continue;
      await copyFile(file, path.join(folder, path.basename(file)), constants.COPYFILE_FICLONE);
      files.push({ file: path.basename(file), bytes: size, gtids: found.toString() });
    }
  }
  await writeJsonDurably(path.join(folder, 'manifest.json'), {
    savedAt: savedAt.toISOString(),
    epoch: evidence.epoch,
    reason: evidence.reason,
    content: evidence.content.toString(),
    files,
    readWith: 'mysqlbinlog --verbose FILE',
  });
  await syncTree(folder);
  await syncFolder(layout.evidence);
  return folder;
}
