/** What a Query event says, as far as it is needed to tell where transactions end and whether they can be rolled back. */
export interface QueryEvent {
  /** The statement's beginning (whole when it is short). */
  readonly statement: string;
  /** Status variable 17: the DDL is atomic in InnoDB and named by an XID. Without it a rewind cannot undo the DDL. */
  readonly ddlHasXid: boolean;
}

const STATEMENT_BYTES = 256;
const DDL_LOGGED_WITH_XID = 17;
const UPDATED_DB_NAMES = 12;
const TOO_MANY_DBS = 254;

/** Bytes of a status variable's value by its code; those with lengths of their own are in `skipVariable`. */
const FIXED_BYTES = new Map([
  [0, 4],
  [1, 8],
  [3, 4],
  [4, 6],
  [7, 2],
  [8, 2],
  [9, 8],
  [10, 4],
  [13, 3],
  [14, 8],
  [15, 8],
  [16, 1],
  [17, 8],
  [18, 2],
  [19, 1],
  [20, 1],
]);

/** Reads a Query event (2). @throws RangeError when it is shorter than it says. */
export function decodeQuery(body: Buffer): QueryEvent {
  const databaseLength = body.readUInt8(8);
  const variablesLength = body.readUInt16LE(11);
  const variablesEnd = 13 + variablesLength;
  const statementStart = variablesEnd + databaseLength + 1;
  if (statementStart > body.length) throw new RangeError('query event is shorter than it says');
  return {
    statement: body.toString(
      'utf8',
      statementStart,
      Math.min(body.length, statementStart + STATEMENT_BYTES),
    ),
    ddlHasXid: hasDdlXid(body.subarray(13, variablesEnd)),
  };
}

function hasDdlXid(variables: Buffer): boolean {
  let at = 0;
  while (at < variables.length) {
    const code = variables.readUInt8(at);
    if (code === DDL_LOGGED_WITH_XID) return true;
    const next = skipVariable(variables, code, at + 1);
    // An unknown variable hides what follows: "not atomic" is the safe answer, it only costs a clone.
    if (next === null) return false;
    at = next;
  }
  return false;
}

function skipVariable(variables: Buffer, code: number, at: number): number | null {
  const fixed = FIXED_BYTES.get(code);
  if (fixed !== undefined) return at + fixed;
  switch (code) {
    case 2: // catalog: length, text, zero
      return at + 1 + variables.readUInt8(at) + 1;
    case 5: // time zone
    case 6: // catalog
      return at + 1 + variables.readUInt8(at);
    case 11: {
      // invoker: user and host
      const host = at + 1 + variables.readUInt8(at);
      return host + 1 + variables.readUInt8(host);
    }
    case UPDATED_DB_NAMES: {
      const count = variables.readUInt8(at);
      let end = at + 1;
      if (count === TOO_MANY_DBS) return end;
      for (let i = 0; i < count; i += 1) end = variables.indexOf(0, end) + 1;
      return end;
    }
    default:
      return null;
  }
}
