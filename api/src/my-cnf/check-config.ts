import { type FieldProblem, fieldPath } from '../schema/field-problem.ts';
import { nearest } from '../schema/nearest.ts';
import type { ConfigValue } from '../v1/values.ts';
import { unsafeValue } from './forbidden-values.ts';
import { whyForbidden } from './forbidden-variables.ts';
import { GONE_IN_9, KNOWN_VARIABLES, NEW_IN_9 } from './known-variables.ts';
import { readVariableName, type VariableName } from './variable-name.ts';
import { configText, textProblem, typeProblem } from './variable-value.ts';

/** Names that people look for and that nothing similar is called. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['time_zone', 'default_time_zone'],
  ['tx_isolation', 'transaction_isolation'],
  ['expire_logs_days', 'binlog_expire_logs_seconds'],
  ['innodb_log_file_size', 'innodb_redo_log_capacity'],
  ['innodb_log_files_in_group', 'innodb_redo_log_capacity'],
  ['innodb_file_format', 'innodb_default_row_format'],
  ['character_set_client', 'character_set_server'],
  ['collation_connection', 'collation_server'],
]);

const ALLOWED = [...KNOWN_VARIABLES.keys()].filter((name) => whyForbidden(name) === undefined);

/** Milliseconds each: whoever sends hundreds of unknown names gets no more suggestions. */
const MAXIMUM_GUESSES = 10;

/**
 * What is wrong with the settings of a cluster: all of it, each with the path of its field. mysqld
 * would not start with an unknown one, and mysqld takes unique beginnings of names (`sync_binlo`),
 * so only full names pass.
 */
export function checkConfig(
  config: Readonly<Record<string, ConfigValue>>,
  version: string,
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Map<string, string>();
  for (const [written, value] of Object.entries(config)) {
    const name = readVariableName(written);
    const other = seen.get(name.modern);
    if (other !== undefined) {
      problems.push(
        problem(written, 'FieldValueDuplicate', `is ${other} in another spelling: keep one`),
      );
    }
    seen.set(name.modern, written);
    const mayGuess = problems.length < MAXIMUM_GUESSES;
    const found =
      checkName(name, written, { version, mayGuess }) ??
      checkValue(name, written, configText(value));
    if (found !== undefined) problems.push(found);
  }
  return problems;
}

interface Context {
  readonly version: string;
  readonly mayGuess: boolean;
}

function checkName(
  name: VariableName,
  written: string,
  context: Context,
): FieldProblem | undefined {
  if (!/^[a-z][a-z0-9_.]*$/.test(name.name)) {
    return problem(
      written,
      'FieldValueInvalid',
      'is not a name of a setting: letters, digits, "_" and "-" only',
    );
  }
  const why = whyForbidden(name.modern) ?? whyForbidden(name.name);
  if (why !== undefined) {
    return problem(
      written,
      'FieldValueForbidden',
      `is set by the operator, because ${why}: remove it`,
    );
  }
  const isOfOtherVersion =
    context.version === '8.4' ? NEW_IN_9.has(name.base) : GONE_IN_9.has(name.base);
  if (!KNOWN_VARIABLES.has(name.base) || isOfOtherVersion) return unknown(name, written, context);
  const prefix = name.prefixes.find((item) => item !== 'loose');
  if (prefix === undefined) return undefined;
  return problem(
    written,
    'FieldValueForbidden',
    `uses the prefix "${prefix}": write ${name.base} and its value instead`,
  );
}

function checkValue(name: VariableName, written: string, text: string): FieldProblem | undefined {
  const broken = textProblem(text);
  if (broken !== undefined) return problem(written, 'FieldValueInvalid', broken);
  const unsafe = unsafeValue(name.modern, text);
  if (unsafe !== undefined) return problem(written, 'FieldValueForbidden', unsafe);
  const wrong = typeProblem(name.base, text);
  return wrong === undefined ? undefined : problem(written, 'FieldValueInvalid', wrong);
}

function unknown(
  name: VariableName,
  written: string,
  { version, mayGuess }: Context,
): FieldProblem {
  const guess = HINTS.get(name.base) ?? (mayGuess ? nearest(name.base, ALLOWED) : undefined);
  const advice = guess === undefined ? 'remove it' : `did you mean ${guess}?`;
  return problem(
    written,
    'FieldValueNotSupported',
    `is not a setting of MySQL ${version}'s configuration file: ${advice}`,
  );
}

function problem(written: string, reason: FieldProblem['reason'], message: string): FieldProblem {
  return { field: fieldPath(['spec', 'mysql', 'config', written]), reason, message };
}
