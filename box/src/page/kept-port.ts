import { join } from 'node:path';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { BoxLayout } from '../data-folder/layout.ts';
import { systemCode } from '../errors.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { takeFreePort } from '../ports/free-port.ts';
import { type StatusPage, serveStatusPage } from './server.ts';

const FIRST_PORT = 13_380;

/**
 * Serves the page where it was the last time, so that an open browser finds it again. It is a
 * convenience: a port that somebody else took meanwhile is replaced, not complained about.
 */
export async function serveKeptPage(
  layout: BoxLayout,
  views: () => readonly ClusterView[],
): Promise<StatusPage> {
  const file = join(layout.root, 'page.json');
  const value = await readJson(file).catch(() => null);
  const kept = isRecord(value) && typeof value['port'] === 'number' ? value['port'] : null;
  if (kept !== null) {
    const page = await serveStatusPage(kept, views).catch(() => null);
    if (page !== null) return page;
  }
  const seen = new Set<number>();
  for (;;) {
    const port = await takeFreePort(FIRST_PORT, seen);
    try {
      const page = await serveStatusPage(port, views);
      await writeFileAtomic(file, `${JSON.stringify({ port })}\n`);
      return page;
    } catch (error) {
      // Somebody was faster.
      if (systemCode(error) !== 'EADDRINUSE') throw error;
    }
  }
}
