/** Sets of grants, and what lies between two of them. */
import type { Grant, Scope } from './types.ts';

/** A grant's identity. Columns and routines are the names in MySQL whose case never matters. */
export function grantKey(grant: Grant): string {
  const column = grant.column?.toLowerCase() ?? null;
  return JSON.stringify([scopeKey(grant.scope), grant.privilege, column]);
}

/** A scope's identity: `GRANT` and `REVOKE` are about one scope each. */
export function scopeKey(scope: Scope): string {
  switch (scope.kind) {
    case 'global':
      return 'global';
    case 'dynamic':
      return JSON.stringify(['dynamic', scope.grantOption]);
    case 'restriction':
    case 'schema':
      return JSON.stringify([scope.kind, scope.schema]);
    case 'table':
      return JSON.stringify(['table', scope.schema, scope.table]);
    case 'routine':
      return JSON.stringify(['routine', scope.type, scope.schema, scope.name.toLowerCase()]);
    case 'role':
      return JSON.stringify(['role', scope.role.user, scope.role.host]);
    case 'proxy':
      return JSON.stringify(['proxy', scope.proxied.user, scope.proxied.host]);
  }
}

/** Those of `from` that are not in `without`. */
export function subtractGrants(
  from: readonly Grant[],
  without: readonly Grant[],
): readonly Grant[] {
  const keys = new Set(without.map(grantKey));
  return from.filter((grant) => !keys.has(grantKey(grant)));
}

/** Each once. */
export function uniqueGrants(grants: readonly Grant[]): readonly Grant[] {
  return [...new Map(grants.map((grant) => [grantKey(grant), grant])).values()];
}

/** By scope, in the order in which scopes first appear. */
export function groupByScope(
  grants: readonly Grant[],
): readonly { readonly scope: Scope; readonly grants: readonly Grant[] }[] {
  const groups = new Map<string, { scope: Scope; grants: Grant[] }>();
  for (const grant of grants) {
    const key = scopeKey(grant.scope);
    const group = groups.get(key) ?? { scope: grant.scope, grants: [] };
    group.grants.push(grant);
    groups.set(key, group);
  }
  return [...groups.values()];
}
