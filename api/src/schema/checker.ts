import { Ajv } from 'ajv';
import type { Static, TSchema } from 'typebox';
import { describeErrors, type FieldProblem } from './field-problem.ts';

/** Each error is compared with the others: whoever sends thousands of mistakes is told of the first. */
const MAXIMUM_ERRORS = 300;

/** What is wrong with a value; an empty list when it has the schema's type. */
export type Checker = (value: unknown) => readonly FieldProblem[];

// `verbose`: errors carry their schema, from which the words for people come.
const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
ajv.addVocabulary([
  'x-radondb-message',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);

/** Compiles a schema when it is first used: not every process uses every schema. */
export function makeChecker(schema: TSchema): Checker {
  let validate: ReturnType<typeof ajv.compile> | undefined;
  return (value) => {
    validate ??= ajv.compile(schema);
    return validate(value)
      ? []
      : describeErrors((validate.errors ?? []).slice(0, MAXIMUM_ERRORS), value);
  };
}

/** A parse function: the value itself with its type, or the error that `refuse` makes. */
export function makeParser<Schema extends TSchema>(
  schema: Schema,
  refuse: (problems: readonly FieldProblem[]) => Error,
): (value: unknown) => Static<Schema> {
  const check = makeChecker(schema);
  return (value) => {
    const problems = check(value);
    if (problems.length > 0) throw refuse(problems);
    return value as Static<Schema>;
  };
}
