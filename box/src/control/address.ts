import { rm } from 'node:fs/promises';
import type { BoxLayout } from '../data-folder/layout.ts';
import { isRecord, readJson } from '../files/read-json.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';

/**
 * How the command line reaches a running box. A socket in the data folder where its path is short
 * enough for the kernel (108 bytes); else a loopback port and a token that only the folder's owner can read.
 */
export type ControlAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'port'; readonly port: number; readonly token: string };

const LONGEST_SOCKET_PATH = 100;

export function mayUseSocket(layout: BoxLayout): boolean {
  return Buffer.byteLength(layout.controlSocket) <= LONGEST_SOCKET_PATH;
}

export async function writeControlAddress(
  layout: BoxLayout,
  address: ControlAddress,
): Promise<void> {
  await writeFileAtomic(layout.controlFile, `${JSON.stringify(address)}\n`, { mode: 0o600 });
}

/** @returns null when no box has left its address here. */
export async function readControlAddress(layout: BoxLayout): Promise<ControlAddress | null> {
  const value = await readJson(layout.controlFile).catch(() => null);
  if (!isRecord(value)) return null;
  const { kind, path, port, token } = value;
  if (kind === 'socket' && typeof path === 'string') return { kind, path };
  if (kind === 'port' && typeof port === 'number' && typeof token === 'string') {
    return { kind, port, token };
  }
  return null;
}

export async function removeControlAddress(layout: BoxLayout): Promise<void> {
  await rm(layout.controlFile, { force: true });
  await rm(layout.controlSocket, { force: true });
}
