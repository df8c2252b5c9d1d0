/** The content of one table on one member: rows in buckets of neighbouring ids, each with its digest. */
export interface TableDigest {
  readonly table: string;
  readonly rows: number;
  /** First id of the bucket → digest of its rows in order. */
  readonly buckets: ReadonlyMap<number, string>;
}

export interface MemberContent {
  readonly member: string;
  readonly tables: readonly TableDigest[];
}

/** Where a member differs from the primary. */
export interface MemberDifference {
  readonly member: string;
  readonly table: string;
  readonly rows: number;
  readonly primaryRows: number;
  /** First ids of the buckets that differ. */
  readonly buckets: readonly number[];
}

/** Compares every member with the primary, row by row as far as digests go. Empty when all are equal. */
export function compareMembers(
  primary: MemberContent,
  others: readonly MemberContent[],
): readonly MemberDifference[] {
  return others.flatMap(({ member, tables }) =>
    primary.tables.flatMap((expected): MemberDifference[] => {
      const found = tables.find(({ table }) => table === expected.table);
      const buckets = differingBuckets(expected.buckets, found?.buckets ?? new Map());
      if (found !== undefined && buckets.length === 0) return [];
      const rows = found?.rows ?? 0;
      return [{ member, table: expected.table, rows, primaryRows: expected.rows, buckets }];
    }),
  );
}

function differingBuckets(
  a: ReadonlyMap<number, string>,
  b: ReadonlyMap<number, string>,
): readonly number[] {
  const ids = new Set([...a.keys(), ...b.keys()]);
  return [...ids].filter((id) => a.get(id) !== b.get(id)).sort((x, y) => x - y);
}
