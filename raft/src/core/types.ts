/**
 * The words of the protocol: entries, messages, persistent state. Plain data, so that a message can be
 * encoded, recorded or compared without knowing the code that made it.
 */

/** A node's number: a safe integer ≥ 1. */
export type NodeId = number;

/** No node: nobody leads, nobody was voted for. */
export const NONE: NodeId = 0;
/** Target of `storage-append` messages: the log writer beside the core. */
export const APPEND_THREAD: NodeId = -1;
/** Target of `storage-apply` messages: the state machine beside the core. */
export const APPLY_THREAD: NodeId = -2;

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

export type EntryType = 'normal' | 'conf-change' | 'conf-change-v2';

/** One slot of the replicated log. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** An entry before the leader gave it a place in the log. */
export interface EntryDraft {
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** What a node must never forget. Term and vote are one atomic record (Raft §5.1, §5.2). */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId;
  readonly commit: number;
}

export type Role = 'follower' | 'candidate' | 'leader' | 'pre-candidate';

/** Volatile state worth telling an application about. */
export interface SoftState {
  readonly lead: NodeId;
  readonly role: Role;
}

/** The membership as of one log index. `votersOutgoing` is non-empty only in a joint configuration. */
export interface ConfState {
  readonly voters: readonly NodeId[];
  readonly votersOutgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly learnersNext: readonly NodeId[];
  readonly autoLeave: boolean;
}

export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
  readonly data: Uint8Array;
}

export type MessageType =
  | 'hup'
  | 'beat'
  | 'propose'
  | 'append'
  | 'append-response'
  | 'vote'
  | 'vote-response'
  | 'snapshot'
  | 'heartbeat'
  | 'heartbeat-response'
  | 'unreachable'
  | 'snapshot-status'
  | 'check-quorum'
  | 'transfer-leader'
  | 'timeout-now'
  | 'read-index'
  | 'read-index-response'
  | 'pre-vote'
  | 'pre-vote-response'
  | 'storage-append'
  | 'storage-append-response'
  | 'storage-apply'
  | 'storage-apply-response'
  | 'forget-leader'
  /** Of the driver: a piece of a snapshot, and how much of it has arrived. The core never sees them. */
  | 'snapshot-part'
  | 'snapshot-part-response';

/** One shape for every message: a field that a type does not use holds its zero. */
export interface Message {
  readonly type: MessageType;
  to: NodeId;
  from: NodeId;
  term: number;
  readonly logTerm: number;
  readonly index: number;
  entries: readonly Entry[];
  readonly commit: number;
  readonly vote: NodeId;
  readonly snapshot: Snapshot | null;
  readonly reject: boolean;
  readonly rejectHint: number;
  /** A vote requested by the leader's own wish: neither pre-vote nor lease may refuse it. */
  readonly transfer: boolean;
  /** Reads: the request's number; heartbeats: the highest unconfirmed read (0 = none). */
  readonly readId: number;
  /** To be delivered once the work of a storage message is done. */
  readonly responses: readonly Message[];
}

/** A read that a leader confirmed: serve it once the state machine has applied `index`. */
export interface ReadState {
  readonly index: number;
  readonly readId: number;
}

const BLANK: Omit<Message, 'type'> = {
  to: NONE,
  from: NONE,
  term: 0,
  logTerm: 0,
  index: 0,
  entries: [],
  commit: 0,
  vote: NONE,
  snapshot: null,
  reject: false,
  rejectHint: 0,
  transfer: false,
  readId: 0,
  responses: [],
};

/** Builds a message; every field not given is zero. */
export function message(fields: Pick<Message, 'type'> & Partial<Message>): Message {
  return { ...BLANK, ...fields };
}

export const EMPTY_HARD_STATE: HardState = Object.freeze({ term: 0, vote: NONE, commit: 0 });

export const EMPTY_CONF_STATE: ConfState = Object.freeze({
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
});

export function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}

export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === NONE && state.commit === 0;
}

const LOCAL: ReadonlySet<MessageType> = new Set<MessageType>([
  'hup',
  'beat',
  'unreachable',
  'snapshot-status',
  'check-quorum',
  'storage-append',
  'storage-append-response',
  'storage-apply',
  'storage-apply-response',
]);
const RESPONSE: ReadonlySet<MessageType> = new Set<MessageType>([
  'append-response',
  'vote-response',
  'heartbeat-response',
  'unreachable',
  'read-index-response',
  'pre-vote-response',
  'storage-append-response',
  'storage-apply-response',
]);

/** True for messages that must never arrive over a network. */
export function isLocalMessage(type: MessageType): boolean {
  return LOCAL.has(type);
}

export function isResponseMessage(type: MessageType): boolean {
  return RESPONSE.has(type);
}

export function isStorageThread(id: NodeId): boolean {
  return id === APPEND_THREAD || id === APPLY_THREAD;
}

/** Size of one entry for limits on bytes, in bytes; the constant stands for its header. */
export function entrySize(entry: Entry): number {
  return entry.data.length + 12;
}

export function entriesSize(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) size += entrySize(entry);
  return size;
}

export function payloadSize(entries: readonly { readonly data: Uint8Array }[]): number {
  let size = 0;
  for (const entry of entries) size += entry.data.length;
  return size;
}

/** The longest prefix within `maxBytes`, but never less than one entry: progress must be possible. */
export function limitSize(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let size = 0;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry === undefined) break;
    size += entrySize(entry);
    if (i > 0 && size > maxBytes) return entries.slice(0, i);
  }
  return entries;
}
