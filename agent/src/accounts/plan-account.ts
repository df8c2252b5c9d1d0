/** What to say to MySQL so that an owner's accounts become what it declares. Pure; the same again when nothing has been done. */
import type { AccountOwner, AccountProblem } from '@radondb/api';
import { GRANT_OPTION } from './desired-grants.ts';
import { groupByScope, subtractGrants } from './grant-set.ts';
import type {
  AccountMark,
  AccountName,
  DesiredAccount,
  Grant,
  ObservedAccount,
  Plan,
  Statement,
} from './types.ts';

export const PASSWORD_PLUGIN = 'caching_sha2_password';

/** An account that is there, and whether its mark was made for the password that is wanted. */
export interface ObservedWithPassword extends ObservedAccount {
  readonly isDeclaredPassword: boolean;
}

/**
 * `observed` holds every account of the wanted names and every one that carries the owner's uid. Nothing is done as long as one of
 * the names belongs to somebody else.
 */
export function planAccounts(
  owner: AccountOwner,
  desired: readonly DesiredAccount[],
  observed: readonly ObservedWithPassword[],
  nowMs: number,
): Plan {
  const find = (name: AccountName) => observed.find((account) => isSame(account.name, name));
  const conflicts = desired.flatMap((account) =>
    conflictOf(account.name, find(account.name), owner),
  );
  if (conflicts.length > 0) return { statements: [], problems: conflicts };
  const kept = desired.flatMap((account) => {
    const before = find(account.name);
    return before === undefined ? planNew(account) : planExisting(account, before, nowMs);
  });
  const dropped = observed
    .filter((account) => account.mark?.uid === owner.uid)
    .filter((account) => !desired.some(({ name }) => isSame(name, account.name)))
    .map((account): Statement => ({ do: 'dropUser', account: account.name }));
  return { statements: [...kept, ...dropped], problems: [] };
}

/** The owner goes away. What does not carry its uid has another owner by now. */
export function planRelease(
  owner: AccountOwner,
  policy: 'drop' | 'retain',
  observed: readonly ObservedAccount[],
): Plan {
  const own = observed.filter(({ mark }) => mark?.uid === owner.uid);
  const statements = own.flatMap(({ name, mark }): Statement[] => {
    if (policy === 'drop') return [{ do: 'dropUser', account: name }];
    if (mark?.retained === true) return [];
    return [{ do: 'alterUser', account: name, mark: { retained: true } }];
  });
  return { statements, problems: [] };
}

/** Unix milliseconds until which a former password is valid; null when there is none. */
export function oldPasswordUntil(
  desired: readonly DesiredAccount[],
  observed: readonly ObservedAccount[],
): number | null {
  const ends = desired.flatMap(({ name, keepOldPasswordMs }) => {
    const account = observed.find((one) => isSame(one.name, name));
    if (account === undefined || !account.hasOldPassword) return [];
    return [(account.mark?.rotatedAtMs ?? 0) + keepOldPasswordMs];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

function conflictOf(
  name: AccountName,
  before: ObservedAccount | undefined,
  owner: AccountOwner,
): readonly AccountProblem[] {
  if (before === undefined || before.mark?.owner === owner.name) return [];
  const who = `'${name.user}'@'${name.host}'`;
  const message =
    before.mark === null
      ? `${who} exists and was not made by the operator: choose another name, or drop that account`
      : before.mark.retained
        ? `${who} was kept when ${before.mark.owner} was deleted: only an object of that name may have it back; choose another name, or drop that account`
        : `${who} is declared by ${before.mark.owner}: choose another name, or change that object`;
  return [{ code: 'CONFLICT', field: 'user', message }];
}

/** Locked until it has its restrictions: nobody comes in before. */
function planNew(desired: DesiredAccount): readonly Statement[] {
  const { name, password, tls, limits, owner, fingerprint } = desired;
  const mark = { owner: owner.name, uid: owner.uid, fingerprint };
  return [
    { do: 'createUser', account: name, password, tls, limits, mark },
    ...planGrants(desired, []),
    { do: 'alterUser', account: name, locked: false },
  ];
}

function planExisting(
  desired: DesiredAccount,
  before: ObservedWithPassword,
  nowMs: number,
): readonly Statement[] {
  const { name } = desired;
  const grants = planGrants(desired, before.grants);
  // Between a global grant and its restrictions the account could reach the system's schemas; sessions that are there keep the
  // global privileges that they came with.
  const widens = grants.some((it) => it.do === 'revoke' && it.scope.kind === 'restriction');
  const lock: Statement[] =
    widens && !before.locked ? [{ do: 'alterUser', account: name, locked: true }] : [];
  const unlock: Statement[] =
    before.locked || lock.length > 0 ? [{ do: 'alterUser', account: name, locked: false }] : [];
  return [...lock, ...planOptions(desired, before, nowMs), ...grants, ...unlock];
}

/** Password, TLS, limits and the mark, in as few statements as MySQL has them. */
function planOptions(
  desired: DesiredAccount,
  before: ObservedWithPassword,
  nowMs: number,
): readonly Statement[] {
  const { name: account, owner } = desired;
  const change: {
    password?: { secret: string; retainCurrent: boolean };
    tls?: DesiredAccount['tls'];
    limits?: DesiredAccount['limits'];
    mark?: { -readonly [Field in keyof AccountMark]?: AccountMark[Field] | null };
  } = {};
  const password = passwordChange(desired, before, nowMs);
  if (password !== null) Object.assign(change, password);
  if (!isEqual(desired.tls, before.tls)) change.tls = desired.tls;
  if (!isEqual(desired.limits, before.limits)) change.limits = desired.limits;
  if (before.mark?.uid !== owner.uid) change.mark = { ...change.mark, uid: owner.uid };
  if (before.mark?.retained === true) change.mark = { ...change.mark, retained: null };
  const isNoted = password === null && before.mark?.stored === before.stored;
  if (password === null && !isNoted) change.mark = { ...change.mark, stored: before.stored };
  const statements: Statement[] = [];
  if (Object.keys(change).length > 0) statements.push({ do: 'alterUser', account, ...change });
  const isRotation = password?.password.retainCurrent === true;
  if (before.hasOldPassword && !isRotation && isOldPasswordOver(desired, before, nowMs))
    statements.push({ do: 'discardOldPassword', account });
  return statements;
}

/**
 * The password is set when another one is declared, or when somebody changed it past the declaration. Only the first is a rotation,
 * whose former password stays valid for a while. One statement with the mark: a crash never leaves a password without its
 * fingerprint, and a repetition does not push the former password out.
 */
function passwordChange(desired: DesiredAccount, before: ObservedWithPassword, nowMs: number) {
  const isForeign =
    before.plugin !== PASSWORD_PLUGIN ||
    before.expired ||
    (before.mark?.stored != null && before.mark.stored !== before.stored);
  if (before.isDeclaredPassword && !isForeign) return null;
  const isRotation = !before.isDeclaredPassword && before.mark?.fingerprint != null && !isForeign;
  const retainCurrent = isRotation && desired.keepOldPasswordMs > 0;
  return {
    password: { secret: desired.password, retainCurrent },
    mark: {
      fingerprint: desired.fingerprint,
      stored: null,
      rotatedAtMs: retainCurrent ? nowMs : null,
    },
  };
}

function isOldPasswordOver(
  { keepOldPasswordMs }: DesiredAccount,
  { mark }: ObservedAccount,
  nowMs: number,
): boolean {
  if (mark?.rotatedAtMs == null) return true;
  // A clock that was set back must not keep it for ever.
  return (
    nowMs >= mark.rotatedAtMs + keepOldPasswordMs || nowMs < mark.rotatedAtMs - keepOldPasswordMs
  );
}

/**
 * New grants before revocations, so that what moves from one scope to another is never missing; restrictions next to the global
 * grants that they belong to.
 */
function planGrants(desired: DesiredAccount, before: readonly Grant[]): readonly Statement[] {
  const missing = subtractGrants(desired.grants, before);
  const globals = new Set(
    desired.grants.filter(({ scope }) => scope.kind === 'global').map((it) => it.privilege),
  );
  const extra = subtractGrants(before, desired.grants)
    // Goes away together with the global privilege that it restricts.
    .filter((it) => it.scope.kind !== 'restriction' || globals.has(it.privilege));
  const of = (grants: readonly Grant[], ...kinds: readonly Grant['scope']['kind'][]) =>
    grants.filter(({ scope }) => kinds.includes(scope.kind));
  const rest = ['schema', 'table', 'routine'] as const;
  const give = (grants: readonly Grant[]) => statements('grant', desired, grants);
  const take = (grants: readonly Grant[]) => statements('revoke', desired, grants);
  return [
    // The same privilege with another grant option: MySQL would only ever add it.
    ...take(of(extra, 'dynamic')),
    ...give(of(missing, 'global')),
    ...take(of(missing, 'restriction')),
    ...give(of(missing, 'dynamic')),
    ...give(of(extra, 'restriction')),
    ...give(of(missing, ...rest)),
    ...take(of(extra, 'global', ...rest, 'role', 'proxy')),
  ];
}

function statements(
  verb: 'grant' | 'revoke',
  { name }: DesiredAccount,
  changed: readonly Grant[],
): readonly Statement[] {
  return groupByScope(changed).map(({ scope, grants }) => ({
    do: verb,
    account: name,
    scope,
    privileges: grants
      .filter(({ privilege }) => privilege !== GRANT_OPTION)
      .map(({ privilege, column }) => ({ privilege, column })),
    grantOption:
      grants.some(({ privilege }) => privilege === GRANT_OPTION) ||
      (verb === 'grant' && scope.kind === 'dynamic' && scope.grantOption),
  }));
}

function isSame(a: AccountName, b: AccountName): boolean {
  return a.user === b.user && a.host === b.host;
}

function isEqual(a: object, b: object): boolean {
  const entries = (value: object) => JSON.stringify(Object.entries(value).sort());
  return entries(a) === entries(b);
}
