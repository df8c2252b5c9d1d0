import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import { amount, count, text, textOrNull } from './parts.ts';
import { refusing } from './protocol-error.ts';

/** Hand the primaryship over, planned. */
export interface SwitchoverRequest {
  /** The member to become primary; null: the best one. */
  readonly to: string | null;
  /** Milliseconds after which it is given up and taken back. */
  readonly timeoutMs: number;
}

/** It is done. */
export interface SwitchoverAnswer {
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
  /** Milliseconds without writes. */
  readonly writesShutMs: number;
}

/** The body of every HTTP answer that is an error. */
export interface ApiError {
  /** Stable; for programs. */
  readonly code: string;
  /** For people; says what to do. */
  readonly message: string;
  readonly details: readonly string[];
}

const switchoverRequestSchema = Type.Object({
  to: textOrNull,
  timeoutMs: Type.Number({
    exclusiveMinimum: 0,
    'x-radondb-message': 'must be more than 0 milliseconds',
  }),
});

const switchoverAnswerSchema = Type.Object({
  from: text,
  to: text,
  epoch: count,
  writesShutMs: amount,
});

const apiErrorSchema = Type.Object({ code: text, message: text, details: Type.Array(text) });

/** @throws ProtocolError listing everything that is wrong. */
export const parseSwitchoverRequest: (value: unknown) => SwitchoverRequest = makeParser(
  switchoverRequestSchema,
  refusing('SwitchoverRequest'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parseSwitchoverAnswer: (value: unknown) => SwitchoverAnswer = makeParser(
  switchoverAnswerSchema,
  refusing('SwitchoverAnswer'),
);

/** @throws ProtocolError listing everything that is wrong. */
export const parseApiError: (value: unknown) => ApiError = makeParser(
  apiErrorSchema,
  refusing('ApiError'),
);
