/** From a request to the accounts that it wants, one a host. */
import type { AccountsRequest, EnsureAccountRequest } from '@radondb/api';
import { desiredGrants } from './desired-grants.ts';
import type { DesiredAccount } from './types.ts';

/** `fingerprint`: of the password; '' where none is going to be written. */
export function desiredAccounts(
  request: EnsureAccountRequest,
  fingerprint: string,
): readonly DesiredAccount[] {
  const { owner, user, hosts, password, tls, limits } = request;
  const { grants } = desiredGrants(request.grants);
  return hosts.map((host) => ({
    name: { user, host: host.toLowerCase() },
    owner,
    password,
    fingerprint,
    keepOldPasswordMs: request.keepOldPasswordSeconds * 1_000,
    tls,
    limits,
    grants,
  }));
}

/** A server with lower_case_table_names keeps the names of schemas and tables in lower case: so are they wanted. */
export function inServersCase(request: AccountsRequest, isLower: boolean): AccountsRequest {
  if (!isLower) return request;
  switch (request.kind) {
    case 'ensureAccount':
      return {
        ...request,
        grants: request.grants.map((grant) => ({
          ...grant,
          schema: grant.schema.toLowerCase(),
          table: grant.table?.toLowerCase() ?? null,
        })),
      };
    case 'ensureSchema':
      return { ...request, schema: request.schema.toLowerCase() };
    case 'releaseAccount':
    case 'releaseSchema':
      return request;
  }
}
