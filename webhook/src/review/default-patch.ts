import { recordOf } from './admission-review.ts';

/** RFC 6902. Nothing but `add` of what is absent: no value that anyone has given is ever changed. */
export interface AddOperation {
  readonly op: 'add';
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly value: unknown;
}

/** Values by where they belong in an object; a list is a value, its items are nobody's business. */
export interface Pins {
  readonly [field: string]: Pins | string | number | boolean | readonly string[];
}

/**
 * The pins that the object lacks. Maps on the way are made below `spec`; an object without a `spec`
 * is not completed, and what is there and is no map (null, a list) is left for validation to speak
 * of. Applied twice it adds nothing.
 */
export function defaultPatch(object: unknown, pins: Pins): readonly AddOperation[] {
  const given = recordOf(object);
  if (given === undefined) return [];
  return Object.entries(pins).flatMap(([name, value]) =>
    Object.hasOwn(given, name) ? missingBelow(given[name], value, pointer('', name)) : [],
  );
}

function missingBelow(given: unknown, pins: Pins[string], path: string): readonly AddOperation[] {
  const map = recordOf(given);
  if (map === undefined || !isPins(pins)) return [];
  return Object.entries(pins).flatMap(([name, value]): readonly AddOperation[] =>
    Object.hasOwn(map, name)
      ? missingBelow(map[name], value, pointer(path, name))
      : [{ op: 'add', path: pointer(path, name), value }],
  );
}

function isPins(value: Pins[string]): value is Pins {
  return recordOf(value) !== undefined;
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
