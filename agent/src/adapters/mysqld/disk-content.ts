import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  EMPTY_GTIDS,
  equalGtids,
  type GtidSet,
  parseGtidSet,
  subtractGtids,
  unionGtids,
} from '@radondb/api/gtid';
import { scanBinlog, scanRelayLogs } from '../../binlog/index.ts';
import type { DiskContent } from '../../ports.ts';
import { readJson, writeJsonDurably } from './durable-files.ts';
import { BASE_FILE, BINLOG_INDEX, RELAY_LOG_INDEX } from './layout.ts';

/**
 * What a binlog never tells: transactions that came with the data (a clone, a restore's gtid_purged) stand in the table
 * mysql.gtid_executed only, and in no Previous_gtids of this server, however old it gets. So the agent writes them down beside the
 * data; without that, the scan of a cloned member that is down would miss everything it was cloned with (I3, I4).
 */
export async function recordBase(dataFolder: string, executed: GtidSet): Promise<void> {
  const { content } = await scanBinlog(dataFolder, BINLOG_INDEX);
  const known = await readBase(dataFolder);
  // Only ever grows: what is in the binlog by now may have been in the base before, which harms nobody.
  const base = unionGtids(known, subtractGtids(executed, content));
  if (!equalGtids(base, known)) {
    await writeJsonDurably(path.join(dataFolder, BASE_FILE), { notInBinlog: base.toString() });
  }
}

/** Content of the binlog and of what the data began with. */
async function readBinlogContent(dataFolder: string): Promise<{
  readonly content: GtidSet;
  readonly purged: GtidSet;
}> {
  const base = await readBase(dataFolder);
  const { content, purged } = await scanBinlog(dataFolder, BINLOG_INDEX);
  return { content: unionGtids(base, content), purged: unionGtids(base, purged) };
}

/** Everything that the files of a stopped server hold. */
export async function readDiskContent(dataFolder: string): Promise<DiskContent> {
  const binlog = await readBinlogContent(dataFolder);
  const relayLog = await scanRelayLogs(dataFolder, RELAY_LOG_INDEX);
  return {
    binlog: binlog.content,
    relayLog: relayLog.content,
    purged: binlog.purged,
    serverUuid: await readServerUuid(dataFolder),
  };
}

/** Content that stands in no binlog of this server. */
export async function readBase(dataFolder: string): Promise<GtidSet> {
  const file = path.join(dataFolder, BASE_FILE);
  const content = await readJson(file);
  if (content === null) return EMPTY_GTIDS;
  if (typeof content !== 'object' || !('notInBinlog' in content))
    throw new Error(`${file} is damaged`);
  return parseGtidSet(String(content.notInBinlog));
}

/** Of auto.cnf; null when the server was never started. */
async function readServerUuid(dataFolder: string): Promise<string | null> {
  const content = await readFile(path.join(dataFolder, 'auto.cnf'), 'utf8').catch(() => '');
  return /^server-uuid\s*=\s*([0-9a-f-]{36})\s*$/imu.exec(content)?.[1]?.toLowerCase() ?? null;
}
