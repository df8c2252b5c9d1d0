/** What to say to MySQL so that a schema becomes what its owner declares. Pure. */
import type { AccountOwner, AccountProblem, EnsureSchemaRequest } from '@radondb/api';
import type { Plan, Statement } from './types.ts';

/** Whose a schema is. */
export interface SchemaClaim {
  readonly schema: string;
  readonly owner: string;
  readonly uid: string;
  readonly retained: boolean;
}

export interface ObservedSchemas {
  /** Whether there is a table for claims yet. */
  readonly hasClaims: boolean;
  /** Of the wanted schema, and of the owner's uid. */
  readonly claims: readonly SchemaClaim[];
  /** Of those that are wanted or claimed: the ones that exist. */
  readonly existing: readonly {
    readonly schema: string;
    readonly charset: string;
    readonly collation: string;
  }[];
  /** What the server knows of the wanted charset and collation. */
  readonly known: {
    readonly charset: boolean;
    /** The wanted collation's charset; null: no such collation. */
    readonly collationCharset: string | null;
  };
}

/** The claim comes first: a crash in between leaves a claim without a schema, never a schema that nobody claims. */
export function planSchema(wanted: EnsureSchemaRequest, observed: ObservedSchemas): Plan {
  const { schema, owner } = wanted;
  const claim = observed.claims.find((it) => it.schema === schema);
  const existing = observed.existing.find((it) => it.schema === schema);
  const problems = [
    ...conflictOf(schema, owner, claim, existing !== undefined),
    ...charsetProblems(wanted, observed),
  ];
  if (problems.length > 0) return { statements: [], problems };
  const statements: Statement[] = [];
  if (!observed.hasClaims) statements.push({ do: 'createClaims' });
  if (claim === undefined || claim.uid !== owner.uid || claim.retained)
    statements.push({ do: 'claimSchema', schema, owner });
  const { charset, collation } = wanted;
  if (existing === undefined) {
    statements.push({ do: 'createSchema', schema, charset, collation });
    return { statements, problems };
  }
  const isAsWanted =
    (charset === null || existing.charset === charset) &&
    (collation === null || existing.collation === collation);
  if (!isAsWanted) statements.push({ do: 'alterSchema', schema, charset, collation });
  return { statements, problems };
}

/** `drop` drops what the owner's uid claims, and nothing else. */
export function planSchemaRelease(
  owner: AccountOwner,
  policy: 'drop' | 'retain',
  observed: ObservedSchemas,
): Plan {
  const own = observed.claims.filter((claim) => claim.uid === owner.uid);
  const statements = own.flatMap(({ schema, uid, retained }): Statement[] => {
    if (policy === 'retain') return retained ? [] : [{ do: 'retainSchema', schema, uid }];
    const exists = observed.existing.some((it) => it.schema === schema);
    return [
      ...(exists ? [{ do: 'dropSchema', schema } as const] : []),
      { do: 'forgetSchema', schema, uid },
    ];
  });
  return { statements, problems: [] };
}

function conflictOf(
  schema: string,
  owner: AccountOwner,
  claim: SchemaClaim | undefined,
  exists: boolean,
): readonly AccountProblem[] {
  if (claim?.owner === owner.name) return [];
  const conflict = (message: string): readonly AccountProblem[] => [
    { code: 'CONFLICT', field: 'schema', message },
  ];
  if (claim === undefined)
    return exists
      ? conflict(
          `schema ${schema} exists and was not made by the operator: choose another name, or drop it`,
        )
      : [];
  return conflict(
    claim.retained
      ? `schema ${schema} was kept when ${claim.owner} was deleted: only an object of that name may have it back; choose another name, or drop it`
      : `schema ${schema} is declared by ${claim.owner}: choose another name, or change that object`,
  );
}

function charsetProblems(
  { charset, collation }: EnsureSchemaRequest,
  { known }: ObservedSchemas,
): readonly AccountProblem[] {
  const problems: AccountProblem[] = [];
  const refuse = (field: string, message: string) =>
    problems.push({ code: 'REFUSED', field, message });
  if (charset !== null && !known.charset)
    refuse('charset', `the server has no character set ${charset}: see SHOW CHARACTER SET`);
  if (collation !== null && known.collationCharset === null)
    refuse('collation', `the server has no collation ${collation}: see SHOW COLLATION`);
  else if (collation !== null && charset !== null && known.collationCharset !== charset)
    refuse(
      'collation',
      `is of ${known.collationCharset}, not of ${charset}: choose one of ${charset}`,
    );
  return problems;
}
