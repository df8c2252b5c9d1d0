import { join } from 'node:path';
import type { BoxLayout } from '../data-folder/layout.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { isFreePort, takeFreePort } from '../ports/free-port.ts';

const FIRST_PORT = 13_443;

/** The API is where it was the last time, so that a kubeconfig goes on working; elsewhere when somebody took the port. */
export async function keptApiPort(layout: BoxLayout): Promise<number> {
  const value = await readJson(fileOf(layout)).catch(() => null);
  const kept = isRecord(value) && typeof value['port'] === 'number' ? value['port'] : null;
  if (kept !== null && (await isFreePort(kept))) return kept;
  return await takeFreePort(FIRST_PORT, new Set());
}

export async function keepApiPort(
  layout: BoxLayout,
  { url }: { readonly url: string },
): Promise<void> {
  const port = Number(new URL(url).port);
  await writeFileAtomic(fileOf(layout), `${JSON.stringify({ port })}\n`);
}

function fileOf(layout: BoxLayout): string {
  return join(layout.api, 'port.json');
}
