/** Accounts and schemas as data: what is wanted, what is there, and the statements between the two. */
import type { AccountLimits, AccountOwner, AccountProblem, AccountTls } from '@radondb/api';

/** `'user'@'host'`; the host in lower case, as MySQL keeps it. */
export interface AccountName {
  readonly user: string;
  readonly host: string;
}

/**
 * What a privilege is on. `global` and `dynamic` are both `*.*`: static and dynamic privileges. `restriction` is a partial revoke: the
 * schema that a global privilege does not reach. `role` and `proxy` are only ever taken away.
 */
export type Scope =
  | { readonly kind: 'global' }
  | { readonly kind: 'dynamic'; readonly grantOption: boolean }
  | { readonly kind: 'restriction'; readonly schema: string }
  | { readonly kind: 'schema'; readonly schema: string }
  | { readonly kind: 'table'; readonly schema: string; readonly table: string }
  | {
      readonly kind: 'routine';
      readonly type: 'FUNCTION' | 'PROCEDURE' | 'LIBRARY';
      readonly schema: string;
      readonly name: string;
    }
  | { readonly kind: 'role'; readonly role: AccountName }
  | { readonly kind: 'proxy'; readonly proxied: AccountName };

/** One privilege on one thing, `GRANT OPTION` included. */
export interface Grant {
  readonly scope: Scope;
  readonly privilege: string;
  /** Of a table's column; null: of the whole thing. */
  readonly column: string | null;
}

/** What the agent writes into an account's attribute, below `radondb`. */
export interface AccountMark {
  readonly owner: string;
  readonly uid: string;
  /** Its owner went away and left it. */
  readonly retained: boolean;
  /** Salted hash of the password that was declared; null when none has been set. */
  readonly fingerprint: string | null;
  /** Digest of what the server stored for that password: another one means that somebody else changed it. Null: not looked at yet. */
  readonly stored: string | null;
  /** Unix milliseconds of the last rotation. */
  readonly rotatedAtMs: number | null;
}

export interface ObservedAccount {
  readonly name: AccountName;
  /** Null: it is not the agent's. */
  readonly mark: AccountMark | null;
  readonly plugin: string;
  /** Digest of the stored password. */
  readonly stored: string;
  readonly expired: boolean;
  readonly locked: boolean;
  /** A former password is valid too. */
  readonly hasOldPassword: boolean;
  readonly tls: AccountTls;
  readonly limits: AccountLimits;
  readonly grants: readonly Grant[];
}

/** One account as wanted; a request has one for each host. */
export interface DesiredAccount {
  readonly name: AccountName;
  readonly owner: AccountOwner;
  readonly password: string;
  /** Salted hash of the password, for the mark. */
  readonly fingerprint: string;
  readonly keepOldPasswordMs: number;
  readonly tls: AccountTls;
  readonly limits: AccountLimits;
  readonly grants: readonly Grant[];
}

/** What becomes of the mark; a field that is null is removed, one that is absent stays. */
export type MarkChange = {
  readonly [Field in keyof AccountMark]?: AccountMark[Field] | null;
};

export type Statement =
  | {
      readonly do: 'createUser';
      readonly account: AccountName;
      readonly password: string;
      readonly tls: AccountTls;
      readonly limits: AccountLimits;
      readonly mark: MarkChange;
    }
  | {
      readonly do: 'alterUser';
      readonly account: AccountName;
      readonly password?: { readonly secret: string; readonly retainCurrent: boolean };
      readonly tls?: AccountTls;
      readonly limits?: AccountLimits;
      readonly locked?: boolean;
      readonly mark?: MarkChange;
    }
  | { readonly do: 'discardOldPassword'; readonly account: AccountName }
  | { readonly do: 'dropUser'; readonly account: AccountName }
  | {
      readonly do: 'grant' | 'revoke';
      readonly account: AccountName;
      readonly scope: Scope;
      /** Privileges and columns; in a `grant` without the grant option, which `grantOption` says. */
      readonly privileges: readonly Pick<Grant, 'privilege' | 'column'>[];
      readonly grantOption: boolean;
    }
  | { readonly do: 'createClaims' }
  | { readonly do: 'claimSchema'; readonly schema: string; readonly owner: AccountOwner }
  | { readonly do: 'retainSchema'; readonly schema: string; readonly uid: string }
  | { readonly do: 'forgetSchema'; readonly schema: string; readonly uid: string }
  | {
      readonly do: 'createSchema' | 'alterSchema';
      readonly schema: string;
      readonly charset: string | null;
      readonly collation: string | null;
    }
  | { readonly do: 'dropSchema'; readonly schema: string };

/** Statements in order; with problems that allow none, an empty list. */
export interface Plan {
  readonly statements: readonly Statement[];
  readonly problems: readonly AccountProblem[];
}
