/** What a request asks for that must not or cannot be said to MySQL; everything at once. Pure. */
import type { AccountProblem, AccountsRequest, EnsureAccountRequest } from '@radondb/api';
import { desiredGrants } from './desired-grants.ts';
import {
  charsetProblem,
  distinguishedNameProblem,
  hostProblem,
  passwordProblem,
  schemaProblem,
  userProblem,
} from './names.ts';

/** The largest value of a limit. */
const LIMIT_MOST = 4_294_967_295;
const OWNER = /^[\x21-\x7e]{1,512}$/u;
const UID = /^[\x21-\x7e]{1,64}$/u;

/** `ownUsers`: the operator's own accounts. */
export function requestProblems(
  request: AccountsRequest,
  ownUsers: readonly string[],
): readonly AccountProblem[] {
  const { name, uid } = request.owner;
  const own = [
    ...problem('owner.name', OWNER.test(name) ? null : 'must be namespace/name'),
    ...problem('owner.uid', UID.test(uid) ? null : 'must be a uid'),
  ];
  switch (request.kind) {
    case 'ensureAccount':
      return [...own, ...accountProblems(request, ownUsers)];
    case 'ensureSchema':
      return [
        ...own,
        ...problem('schema', schemaProblem(request.schema)),
        ...problem('charset', request.charset === null ? null : charsetProblem(request.charset)),
        ...problem('collation', orNone(request.collation, charsetProblem)),
      ];
    case 'releaseAccount':
    case 'releaseSchema':
      return own;
  }
}

function accountProblems(
  request: EnsureAccountRequest,
  ownUsers: readonly string[],
): readonly AccountProblem[] {
  const { hosts, tls, limits } = request;
  const lower = hosts.map((host) => host.toLowerCase());
  return [
    ...problem('user', userProblem(request.user, ownUsers)),
    ...problem('hosts', hosts.length === 0 ? 'must name at least one host, such as %' : null),
    ...hosts.flatMap((host, index) => problem(`hosts[${index}]`, hostProblem(host))),
    ...problem('hosts', new Set(lower).size === hosts.length ? null : 'names a host twice'),
    ...problem('password', passwordProblem(request.password)),
    ...problem('tls.issuer', orNone(tls.issuer, distinguishedNameProblem)),
    ...problem('tls.subject', orNone(tls.subject, distinguishedNameProblem)),
    ...problem(
      'tls',
      tls.require !== 'x509' && (tls.issuer !== null || tls.subject !== null)
        ? 'issuer and subject go with x509 only'
        : null,
    ),
    ...Object.entries(limits).flatMap(([field, value]) =>
      problem(`limits.${field}`, value > LIMIT_MOST ? `must be at most ${LIMIT_MOST}` : null),
    ),
    ...desiredGrants(request.grants).problems,
  ];
}

function orNone(value: string | null, check: (value: string) => string | null): string | null {
  return value === null ? null : check(value);
}

function problem(field: string, message: string | null): readonly AccountProblem[] {
  return message === null ? [] : [{ code: 'REFUSED', field, message }];
}
