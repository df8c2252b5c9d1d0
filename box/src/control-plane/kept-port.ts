import { join } from 'node:path';
import type { BoxLayout } from '../data-folder/layout.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { isFreePort, takeFreePort } from '../ports/free-port.ts';

const FIRST_PORT = 13_443;

/** The API is where it was the last time, so that a kubeconfig goes on working; elsewhere when somebody took the port. */
export async function keptApiPort(layout: BoxLayout): Promise<number> {
  const file = join(layout.api, 'port.json');
  const value = await readJson(file).catch(() => null);
  const kept = isRecord(value) && typeof value['port'] === 'number' ? value['port'] : null;
  if (kept !== null && (await isFreePort(kept))) return kept;
  const port = await takeFreePort(FIRST_PORT, new Set());
  await writeFileAtomic(file, `${JSON.stringify({ port })}\n`);
  return port;
}
