/** What a Lease says, and what follows from it. Pure. Lease times on the wall are written for people and never compared. */
import {
  apiVersionOf,
  type KubeObject,
  type ObjectName,
  type ObjectToWrite,
} from '../kube-object.ts';
import { LEASES } from '../resources.ts';

export interface LeaseRecord {
  readonly resourceVersion: string;
  /** Empty: released. */
  readonly holder: string;
  readonly durationMs: number;
  /** How often the holder has changed. */
  readonly transitions: number;
  readonly acquireTime: string | null;
  /** Everything in spec as it was, for telling one state of the lease from another. */
  readonly fingerprint: string;
}

/** A record, and since when (monotonic) it has been seen unchanged. */
export interface Observation {
  readonly record: LeaseRecord;
  readonly since: number;
}

export type LeaseStep =
  | { readonly kind: 'acquire' }
  /** Held by somebody else, who may have just renewed it. */
  | { readonly kind: 'wait'; readonly holder: string };

/** A broken lease (edited by hand) counts as held for `fallbackMs`, so that it is taken over like a dead holder's. */
export function parseLease(object: KubeObject, fallbackMs: number): LeaseRecord {
  const spec = (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const seconds = spec['leaseDurationSeconds'];
  return {
    resourceVersion: object.metadata.resourceVersion,
    holder: typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '',
    durationMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : fallbackMs,
    transitions: typeof spec['leaseTransitions'] === 'number' ? spec['leaseTransitions'] : 0,
    acquireTime: typeof spec['acquireTime'] === 'string' ? spec['acquireTime'] : null,
    fingerprint: `${object.metadata.uid} ${JSON.stringify(spec)}`,
  };
}

/** `now` is taken after the answer came: a lease is never thought older than it is. */
export function observe(
  previous: Observation | null,
  record: LeaseRecord,
  now: number,
): Observation {
  const isUnchanged = previous?.record.fingerprint === record.fingerprint;
  return { record, since: isUnchanged ? previous.since : now };
}

/** What a candidate does. Its own lease (of a term that it gave up) it takes back at once. */
export function nextLeaseStep(seen: Observation, identity: string, now: number): LeaseStep {
  const { holder, durationMs } = seen.record;
  if (holder === '' || holder === identity) return { kind: 'acquire' };
  return now - seen.since >= durationMs ? { kind: 'acquire' } : { kind: 'wait', holder };
}

export interface LeaseToWrite {
  readonly name: ObjectName;
  /** Empty to release. */
  readonly identity: string;
  readonly durationMs: number;
  /** Wall clock, for people. */
  readonly time: Date;
  /** What is replaced; null to create. */
  readonly replaces: LeaseRecord | null;
}

export function leaseObject(lease: LeaseToWrite): ObjectToWrite {
  const { name, identity, replaces } = lease;
  const time = microTime(lease.time);
  const isNewHolder = replaces === null || replaces.holder !== identity;
  const isHandover = isNewHolder && identity !== '' && replaces !== null;
  return {
    apiVersion: apiVersionOf(LEASES),
    kind: LEASES.kind,
    metadata: {
      ...name,
      ...(replaces === null ? {} : { resourceVersion: replaces.resourceVersion }),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(lease.durationMs / 1000)),
      acquireTime: isNewHolder ? time : (replaces.acquireTime ?? time),
      renewTime: time,
      leaseTransitions: (replaces?.transitions ?? 0) + (isHandover ? 1 : 0),
    },
  };
}

/** MicroTime has six decimals; a Date has three. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
