import { type TSchema, Type } from 'typebox';
import { makeParser } from '../schema/checker.ts';
import type { FieldProblem } from '../schema/field-problem.ts';
import { amountOrNull, count, flag, text, textOrNull } from './parts.ts';
import { ProtocolError, refusing } from './protocol-error.ts';

/** Who declares an account or a schema. Only its owner changes or drops it. */
export interface AccountOwner {
  /** `namespace/name` of the object that declares it. */
  readonly name: string;
  /** The object's uid: what a former object of the same name left behind is not dropped for it. */
  readonly uid: string;
}

/** Privileges on one thing. MySQL keeps one grant option for a thing, so all grants on it have to agree about it. */
export interface AccountGrant {
  /** MySQL's words, as in `SELECT`; `ALL` is everything that can be granted on that thing and is safe to have. */
  readonly privileges: readonly string[];
  /** A schema's name, taken literally, or `*` for all but the system's own. */
  readonly schema: string;
  /** One table or view; null: the whole schema. */
  readonly table: string | null;
  /** Columns of the table; empty: the whole table. */
  readonly columns: readonly string[];
  /** Whether it may be handed on. */
  readonly grantOption: boolean;
}

/** What a connection has to prove, next to the password. `ssl`: any encryption; `x509`: a certificate of a known CA. */
export interface AccountTls {
  readonly require: 'none' | 'ssl' | 'x509';
  /** With `x509`: the certificate's issuer, exactly; null: any. */
  readonly issuer: string | null;
  /** With `x509`: the certificate's subject, exactly; null: any. */
  readonly subject: string | null;
}

/** 0 is no limit. */
export interface AccountLimits {
  readonly queriesPerHour: number;
  readonly updatesPerHour: number;
  readonly connectionsPerHour: number;
  readonly userConnections: number;
}

/** Makes accounts `user`@each of the hosts exactly what is declared here, and drops the owner's others. */
export interface EnsureAccountRequest {
  readonly kind: 'ensureAccount';
  readonly owner: AccountOwner;
  readonly timeoutMs: number;
  readonly user: string;
  readonly hosts: readonly string[];
  readonly password: string;
  /** Seconds for which the password before is valid too, once it changes; 0: not at all. */
  readonly keepOldPasswordSeconds: number;
  readonly tls: AccountTls;
  readonly limits: AccountLimits;
  readonly grants: readonly AccountGrant[];
}

/** The owner goes away. `drop`: its accounts with it; `retain`: they stay as they are, and an owner of the same name may have them back. */
export interface ReleaseAccountRequest {
  readonly kind: 'releaseAccount';
  readonly owner: AccountOwner;
  readonly timeoutMs: number;
  readonly policy: 'drop' | 'retain';
}

/** Makes a schema; a charset or collation that is null is left as it is. */
export interface EnsureSchemaRequest {
  readonly kind: 'ensureSchema';
  readonly owner: AccountOwner;
  readonly timeoutMs: number;
  readonly schema: string;
  readonly charset: string | null;
  readonly collation: string | null;
}

/** The owner goes away: `drop` drops its schemas with everything in them, `retain` keeps them. */
export interface ReleaseSchemaRequest {
  readonly kind: 'releaseSchema';
  readonly owner: AccountOwner;
  readonly timeoutMs: number;
  readonly policy: 'drop' | 'retain';
}

/** The body of `POST /v1/accounts`, to the open primary. Every request may be sent again. */
export type AccountsRequest =
  | EnsureAccountRequest
  | ReleaseAccountRequest
  | EnsureSchemaRequest
  | ReleaseSchemaRequest;

/**
 * Why something was not done. `REFUSED`: it must not or cannot be said to MySQL, a person changes the object; nothing was done.
 * `CONFLICT`: the account or schema belongs to somebody else; nothing was done. `WAITING`: a table, column or routine is not there yet;
 * the rest was done. `FAILED`: MySQL refused a statement; the rest was done.
 */
export interface AccountProblem {
  readonly code: 'REFUSED' | 'CONFLICT' | 'WAITING' | 'FAILED';
  /** The request's field, as in `grants[0].privileges`; '' when there is none. */
  readonly field: string;
  readonly message: string;
}

export interface AccountsAnswer {
  /** Everything is as declared, read back. */
  readonly done: boolean;
  /** Statements that were executed, in order, secrets masked. */
  readonly changes: readonly string[];
  readonly problems: readonly AccountProblem[];
  /** Unix milliseconds until which the former password is valid: ask again then. Null: it is not valid. */
  readonly oldPasswordUntilMs: number | null;
}

const owner = Type.Object({ name: text, uid: text });
const timeoutMs = Type.Number({
  exclusiveMinimum: 0,
  'x-radondb-message': 'must be more than 0 milliseconds',
});
const policy = Type.Union([Type.Literal('drop'), Type.Literal('retain')]);

const grantSchema = Type.Object({
  privileges: Type.Array(text),
  schema: text,
  table: textOrNull,
  columns: Type.Array(text),
  grantOption: flag,
});

const ensureAccountSchema = Type.Object({
  kind: Type.Literal('ensureAccount'),
  owner,
  timeoutMs,
  user: text,
  hosts: Type.Array(text),
  password: text,
  keepOldPasswordSeconds: count,
  tls: Type.Object({
    require: Type.Union([Type.Literal('none'), Type.Literal('ssl'), Type.Literal('x509')]),
    issuer: textOrNull,
    subject: textOrNull,
  }),
  limits: Type.Object({
    queriesPerHour: count,
    updatesPerHour: count,
    connectionsPerHour: count,
    userConnections: count,
  }),
  grants: Type.Array(grantSchema),
});

const releaseAccountSchema = Type.Object({
  kind: Type.Literal('releaseAccount'),
  owner,
  timeoutMs,
  policy,
});

const ensureSchemaSchema = Type.Object({
  kind: Type.Literal('ensureSchema'),
  owner,
  timeoutMs,
  schema: text,
  charset: textOrNull,
  collation: textOrNull,
});

const releaseSchemaSchema = Type.Object({
  kind: Type.Literal('releaseSchema'),
  owner,
  timeoutMs,
  policy,
});

const accountsAnswerSchema = Type.Object({
  done: flag,
  changes: Type.Array(text),
  problems: Type.Array(
    Type.Object({
      code: Type.Union([
        Type.Literal('REFUSED'),
        Type.Literal('CONFLICT'),
        Type.Literal('WAITING'),
        Type.Literal('FAILED'),
      ]),
      field: text,
      message: text,
    }),
  ),
  oldPasswordUntilMs: amountOrNull,
});

/** Complaints quote the value that they are about: not this one. */
const refuseWithoutSecret = (problems: readonly FieldProblem[]): ProtocolError =>
  refusing('AccountsRequest')(
    problems.map((problem) =>
      problem.field.startsWith('password') ? { ...problem, message: 'must be a string' } : problem,
    ),
  );

const requestParser = <Schema extends TSchema>(schema: Schema) =>
  makeParser(schema, refuseWithoutSecret);

// One parser a kind, so that its complaints are about the fields of that kind alone.
const requestParsers: Readonly<
  Record<AccountsRequest['kind'], (value: unknown) => AccountsRequest>
> = {
  ensureAccount: requestParser(ensureAccountSchema),
  releaseAccount: requestParser(releaseAccountSchema),
  ensureSchema: requestParser(ensureSchemaSchema),
  releaseSchema: requestParser(releaseSchemaSchema),
};

/** @throws ProtocolError listing everything that is wrong; it repeats no value. */
export function parseAccountsRequest(value: unknown): AccountsRequest {
  const kind: unknown =
    typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (typeof kind === 'string' && isKind(kind)) return requestParsers[kind](value);
  const kinds = Object.keys(requestParsers).join(', ');
  throw new ProtocolError('AccountsRequest', [
    { field: 'kind', reason: 'FieldValueNotSupported', message: `must be one of ${kinds}` },
  ]);
}

function isKind(kind: string): kind is AccountsRequest['kind'] {
  return Object.hasOwn(requestParsers, kind);
}

/** @throws ProtocolError listing everything that is wrong. */
export const parseAccountsAnswer: (value: unknown) => AccountsAnswer = makeParser(
  accountsAnswerSchema,
  refusing('AccountsAnswer'),
);
