import type { FieldProblem } from '../schema/field-problem.ts';

/** What another process sent is not what the protocol says. `problems` lists everything wrong. */
export class ProtocolError extends Error {
  readonly code = 'PROTOCOL';
  /** The message's type, as in `MemberReport`. */
  readonly what: string;
  readonly problems: readonly FieldProblem[];

  constructor(what: string, problems: readonly FieldProblem[]) {
    const list = problems.map(({ field, message }) =>
      field === '' ? message : `${field}: ${message}`,
    );
    super(`not a ${what}: ${list.join('; ')}`);
    this.name = 'ProtocolError';
    this.what = what;
    this.problems = problems;
  }
}

/** How parsers refuse: `makeParser(schema, refusing('MemberReport'))`. */
export function refusing(what: string): (problems: readonly FieldProblem[]) => ProtocolError {
  return (problems) => new ProtocolError(what, problems);
}
