import { Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import { count, flag, orNull, port, text } from './parts.ts';
import { refusing } from './protocol-error.ts';

/** Where a member's mysqld takes connections. */
export interface RouteTarget {
  readonly member: string;
  readonly host: string;
  readonly port: number;
}

/**
 * One line of the NDJSON stream `GET /v1/route`: where clients belong from now on. A proxy follows
 * only a line whose epoch is not below the last one's.
 */
export interface Route {
  readonly epoch: number;
  /** Whether the primary takes clients. */
  readonly open: boolean;
  readonly primary: RouteTarget | null;
  /** Those that are fit to read from. */
  readonly replicas: readonly RouteTarget[];
}

const targetSchema = Type.Object({ member: text, host: text, port });

const routeSchema = Type.Object({
  epoch: count,
  open: flag,
  primary: orNull(targetSchema),
  replicas: Type.Array(targetSchema),
});

/** @throws ProtocolError listing everything that is wrong. */
export const parseRoute: (value: unknown) => Route = makeParser(routeSchema, refusing('Route'));
