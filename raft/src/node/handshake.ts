/** The first frames of a connection: who is talking, of which cluster, with which disk. */
import { Buffer } from 'node:buffer';

export const PROTOCOL_VERSION = 1;

/** `main` carries everything but snapshots, which have a connection of their own: heartbeats never wait. */
export type Channel = 'main' | 'bulk';

export interface Hello {
  readonly protocol: number;
  readonly clusterId: string;
  readonly from: number;
  readonly to: number;
  readonly incarnation: string;
  /** Where the dialling node can be reached. */
  readonly address: string;
  readonly channel: Channel;
}

export interface Welcome {
  readonly from: number;
  readonly incarnation: string;
}

/** Why a connection was refused; counted by the transport. */
export type RefusalReason = 'protocol' | 'cluster' | 'node' | 'incarnation' | 'malformed' | 'tls';

export function encodeJson(value: Hello | Welcome | { readonly reason: RefusalReason }): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parse(payload: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Null when it is no hello at all. */
export function parseHello(payload: Buffer): Hello | null {
  const raw = parse(payload);
  const numbers = raw === null ? [] : [raw['protocol'], raw['from'], raw['to']];
  const texts = raw === null ? [] : [raw['clusterId'], raw['incarnation'], raw['address']];
  if (raw === null || !numbers.every((n) => Number.isSafeInteger(n))) return null;
  if (!texts.every((text) => typeof text === 'string')) return null;
  if (raw['channel'] !== 'main' && raw['channel'] !== 'bulk') return null;
  return raw as unknown as Hello;
}

export function parseWelcome(payload: Buffer): Welcome | null {
  const raw = parse(payload);
  if (raw === null || !Number.isSafeInteger(raw['from'])) return null;
  return typeof raw['incarnation'] === 'string' ? (raw as unknown as Welcome) : null;
}
