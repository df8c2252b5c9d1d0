import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import { count, countOrNull, flag, text, textOrNull } from './parts.ts';
import { refusing } from './protocol-error.ts';

/** What each member tells the raft leader, several times a second. GTID sets are texts. */
export interface MemberHealth {
  readonly member: string;
  /** The highest epoch that this report speaks of. */
  readonly epoch: number;
  /** The epoch that this member's mysqld is open for as primary; null when it is not. */
  readonly serving: number | null;
  readonly mysqld: 'up' | 'starting' | 'exited' | 'hung' | 'down';
  /** Whether it could become primary. */
  readonly candidate: boolean;
  readonly why: string;
  /** Grows with each report of one life of the agent: an older one that comes later is ignored. */
  readonly sequence: number;
  /** `/proc/sys/kernel/random/boot_id` (I8). */
  readonly bootId: string;
  readonly purged: string;
  readonly executed: string;
  readonly retrieved: string;
  readonly synced: boolean;
}

/** The raft leader asks every member to promise an epoch (I3). */
export interface PromiseRequest {
  readonly epoch: number;
  readonly clusterId: string;
  readonly leaderTerm: number;
}

/** A promise made, and what this disk holds, read after the fence (I3). GTID sets are texts. */
export interface PromiseAnswer {
  readonly member: string;
  readonly epoch: number;
  /** binlog ∪ gtid_executed ∪ Retrieved_Gtid_Set. */
  readonly content: string;
  readonly executed: string;
  readonly purged: string;
  readonly serverUuid: string;
  readonly amnesiac: boolean;
  /** Its disk still has everything that it ever acknowledged. */
  readonly whole: boolean;
  readonly clonedSince: boolean;
  /** The epoch that this disk was primary of, if it was, and it has not been cloned or wiped since. */
  readonly lastPrimaryEpoch: number | null;
  /** `files`: mysqld is down, its files were read. */
  readonly source: 'live' | 'files';
  readonly candidate: boolean;
  /** Why it is no candidate. */
  readonly reason: string | null;
  /** Among equals the higher one is chosen. */
  readonly priority: number;
}

const memberHealthSchema = Type.Object({
  member: text,
  epoch: count,
  serving: countOrNull,
  mysqld: Type.Union([
    Type.Literal('up'),
    Type.Literal('starting'),
    Type.Literal('exited'),
    Type.Literal('hung'),
    Type.Literal('down'),
  ]),
  candidate: flag,
  why: text,
  sequence: count,
  bootId: text,
  purged: text,
  executed: text,
  retrieved: text,
  synced: flag,
});

const promiseRequestSchema = Type.Object({ epoch: count, clusterId: text, leaderTerm: count });

const promiseAnswerSchema = Type.Object({
  member: text,
  epoch: count,
  content: text,
  executed: text,
  purged: text,
  serverUuid: text,
  amnesiac: flag,
  whole: flag,
  clonedSince: flag,
  lastPrimaryEpoch: countOrNull,
  source: Type.Union([Type.Literal('live'), Type.Literal('files')]),
  candidate: flag,
  reason: textOrNull,
  priority: Type.Number(),
});

/** @throws ProtocolError listing everything that is wrong. */
export const parseMemberHealth: (value: unknown) => MemberHealth = makeParser(
  memberHealthSchema,
  refusing('MemberHealth'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parsePromiseRequest: (value: unknown) => PromiseRequest = makeParser(
  promiseRequestSchema,
  refusing('PromiseRequest'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parsePromiseAnswer: (value: unknown) => PromiseAnswer = makeParser(
  promiseAnswerSchema,
  refusing('PromiseAnswer'),
);
