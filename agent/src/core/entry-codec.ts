/** Bytes of the cluster log's entries and of its snapshot: JSON with a version, so that a later agent can tell what it reads. */
import type { ClusterEntry, ClusterState } from './cluster-log.ts';

const VERSION = 1;
const KINDS: ReadonlySet<string> = new Set(['found', 'revoke', 'elect', 'open', 'members']);

/** The log holds something that this agent cannot read; it must not go on (an entry skipped is a decision missed). */
export class ClusterLogFormatError extends Error {
  override readonly name = 'ClusterLogFormatError';
  readonly code = 'CLUSTER_LOG_FORMAT';
}

export function encodeEntry(entry: ClusterEntry): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: VERSION, entry }));
}

/** @throws ClusterLogFormatError */
export function decodeEntry(data: Uint8Array): ClusterEntry {
  const value = decode(data) as { entry?: { kind?: unknown } };
  const kind = value.entry?.kind;
  if (typeof kind !== 'string' || !KINDS.has(kind)) {
    throw new ClusterLogFormatError(
      `unknown entry kind ${JSON.stringify(kind)} in the cluster log`,
    );
  }
  return value.entry as ClusterEntry;
}

export function encodeState(state: ClusterState): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: VERSION, state }));
}

/** @throws ClusterLogFormatError */
export function decodeState(data: Uint8Array): ClusterState {
  const value = decode(data) as { state?: ClusterState };
  if (typeof value.state?.epoch !== 'number') {
    throw new ClusterLogFormatError('snapshot of the cluster log without a state');
  }
  return value.state;
}

function decode(data: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (cause) {
    throw new ClusterLogFormatError('entry of the cluster log is not JSON', { cause });
  }
  const version = (value as { v?: unknown } | null)?.v;
  if (version !== VERSION) {
    throw new ClusterLogFormatError(
      `cluster log has format ${String(version)}; this agent reads ${VERSION}: start the newer version again`,
    );
  }
  return value;
}
