import { type KubeObject, valueAt } from '../object.ts';
import { badRequest } from '../status-error.ts';

export type Matcher = (object: KubeObject) => boolean;

interface LabelSelector {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: string[] }[];
}

type Labels = Readonly<Record<string, string>>;

const REQUIREMENT =
  /^(?:(?<absent>!)\s*)?(?<key>[A-Za-z0-9._/-]+)\s*(?:(?<op>==|=|!=|in\b|notin\b|>|<)\s*(?<value>\([^)]*\)|[A-Za-z0-9._-]*))?$/;

/** `a=b,c!=d,e in (f,g),!h`. @throws StatusError 400 when it cannot be read. */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  // Commas inside parentheses belong to a set.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const checks = parts.filter((part) => part !== '').map(labelRequirement);
  return (labels) => checks.every((check) => check(labels));
}

function labelRequirement(text: string): (labels: Labels) => boolean {
  const groups = REQUIREMENT.exec(text)?.groups;
  if (groups === undefined) {
    throw badRequest(
      `unable to parse requirement: found '${text}', expected: KEY, KEY=VALUE, KEY in (VALUE,…)`,
    );
  }
  const { absent, key = '', op, value = '' } = groups;
  if (op === undefined) return (labels) => (absent === undefined) === Object.hasOwn(labels, key);
  const values = value.startsWith('(')
    ? value
        .slice(1, -1)
        .split(',')
        .map((one) => one.trim())
    : [value.trim()];
  const isIn = (labels: Labels) =>
    Object.hasOwn(labels, key) && values.includes(labels[key] as string);
  if (op === '!=' || op === 'notin') return (labels) => !isIn(labels);
  if (op === '>') return (labels) => Number(labels[key]) > Number(values[0]);
  if (op === '<') return (labels) => Number(labels[key]) < Number(values[0]);
  return isIn;
}

/** A LabelSelector as objects write it; an empty one matches everything. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return (
    equal &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const has = Object.hasOwn(labels, key);
      if (operator === 'Exists') return has;
      if (operator === 'DoesNotExist') return !has;
      const isIn = has && values.includes(labels[key] as string);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}

/** `metadata.name=x,status.phase!=y` over the fields a resource can be selected by. @throws StatusError 400 */
export function parseFieldSelector(
  text: string,
  selectable: (field: string) => readonly string[] | undefined,
  unknown: (field: string) => string,
): Matcher {
  const checks = text
    .split(/(?<!\\),/)
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(.*?)(==|=|!=)(.*)$/.exec(part);
      if (match === null)
        throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, field = '', op, raw = ''] = match;
      const path = selectable(field);
      if (path === undefined) throw badRequest(unknown(field));
      const wanted = raw.replace(/\\(.)/g, '$1');
      return (object: KubeObject) =>
        (String(valueAt(object, path) ?? '') === wanted) === (op !== '!=');
    });
  return (object) => checks.every((check) => check(object));
}
