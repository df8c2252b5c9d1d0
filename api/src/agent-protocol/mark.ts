import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import { count, text } from './parts.ts';
import { refusing } from './protocol-error.ts';

/** A voter that lost data asks the primary to write a transaction now: having received it, it is whole again (I8). */
export interface MarkRequest {
  readonly epoch: number;
}

export interface MarkAnswer {
  /** The transaction, acknowledged. A text for `parseGtidSet`. */
  readonly gtid: string;
}

/** @throws ProtocolError listing everything that is wrong. */
export const parseMarkRequest: (value: unknown) => MarkRequest = makeParser(
  Type.Object({ epoch: count }),
  refusing('MarkRequest'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parseMarkAnswer: (value: unknown) => MarkAnswer = makeParser(
  Type.Object({ gtid: text }),
  refusing('MarkAnswer'),
);
