import type { KindDescription } from './custom-resource.ts';
import { isSchema, type JsonSchema } from './structural-schema.ts';

/** A longer list of values stands in the description. */
const MANY = 8;

/** `docs/api.md`: every field with its type, default, description and rules. */
export function renderApiReference(kinds: readonly KindDescription[]): string {
  const intro = [
    '# API reference',
    '',
    '<!-- Generated from api/src/v1 by npm run generate. -->',
    '',
    'Group `radondb.com`, version `v1`. `kubectl explain myc.spec.storage` says the same.',
    'A field without a default may be left out unless it is marked as required. Rules are held by the API server; the webhook holds some more and reports all of them at once.',
    '',
  ];
  return `${[...intro, ...kinds.flatMap(kindSection)].join('\n').trimEnd()}\n`;
}

function kindSection(kind: KindDescription): string[] {
  const schema = kind.schema;
  const lines = [
    `## ${kind.kind}`,
    '',
    `Short name \`${kind.shortName}\`. ${text(schema['description'])}`,
    '',
    ...rulesOf(schema),
  ];
  for (const [part, child] of Object.entries(propertiesOf(schema))) {
    if (part !== 'spec' && part !== 'status') continue;
    lines.push(...objectSection(`${kind.kind}.${part}`, child));
  }
  return lines;
}

/** A table of the object's own fields, then the objects in it. */
function objectSection(path: string, schema: JsonSchema): string[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(propertiesOf(schema));
  const nested = fields.flatMap(([name, child]) => {
    const inner = isSchema(child['items']) ? child['items'] : child;
    const here = `${path}.${name}${child === inner ? '' : '[]'}`;
    return Object.keys(propertiesOf(inner)).length === 0 ? [] : objectSection(here, inner);
  });
  const rows = fields.map(([name, child]) => row(name, child, required.includes(name)));
  return [
    `### ${path}`,
    '',
    text(schema['description']),
    '',
    '| field | type | default | description |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...rulesOf(schema),
    ...nested,
  ];
}

function row(name: string, schema: JsonSchema, isRequired: boolean): string {
  const standard = 'default' in schema ? `\`${JSON.stringify(schema['default'])}\`` : '';
  const words = [
    isRequired ? '**Required.**' : '',
    text(schema['description']),
    boundsOf(schema),
    ...validations(schema),
    ...validations(isSchema(schema['items']) ? leafOnly(schema['items']) : {}),
  ].filter((item) => item !== '');
  return `| \`${name}\` | ${typeOf(schema)} | ${standard} | ${cell(words.join(' '))} |`;
}

/** Rules of objects stand below their own table. */
function leafOnly(schema: JsonSchema): JsonSchema {
  return 'properties' in schema ? {} : schema;
}

function rulesOf(schema: JsonSchema): string[] {
  const found = rulesIn(schema);
  if (found.length === 0) return [];
  const lines = found.map(({ fieldPath, message }) => {
    const where = fieldPath === undefined ? '' : `\`${fieldPath.replace(/^\./, '')}\` `;
    return `- ${where}${message}`;
  });
  return [...lines, ''];
}

function validations(schema: JsonSchema): string[] {
  if ('properties' in schema) return [];
  return rulesIn(schema).map(({ message }) => `It ${message}.`);
}

function rulesIn(schema: JsonSchema): { message: string; fieldPath?: string }[] {
  const list = schema['x-kubernetes-validations'];
  return Array.isArray(list) ? list : [];
}

function boundsOf(schema: JsonSchema): string {
  const target = isSchema(schema['items']) ? schema['items'] : schema;
  const own = target['x-radondb-message'];
  const parts: string[] = [];
  if (typeof own === 'string') parts.push(`${schema === target ? 'It' : 'Each'} ${own}.`);
  const { minimum, maximum, maxItems, minItems, enum: values } = schema;
  if (Array.isArray(values) && values.length > MANY) parts.push(`One of ${values.join(', ')}.`);
  if (typeof maximum === 'number' && own === undefined) {
    parts.push(`${String(minimum ?? '')} to ${maximum}.`);
  }
  if (typeof maxItems === 'number') {
    parts.push(`${typeof minItems === 'number' ? `${minItems} to` : 'At most'} ${maxItems}.`);
  }
  return parts.join(' ');
}

function typeOf(schema: JsonSchema): string {
  const { type, items, additionalProperties } = schema;
  if (Array.isArray(schema['enum'])) {
    const values = schema['enum'];
    if (values.length > MANY) return 'string';
    return values.map((value) => `\`${String(value)}\``).join(', ');
  }
  if (Array.isArray(type)) return type.join(' or ');
  if (isSchema(items)) return `list of ${typeOf(items)}`;
  if (isSchema(additionalProperties)) return `map to ${typeOf(additionalProperties)}`;
  return String(type);
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  const properties = schema['properties'];
  return isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function cell(words: string): string {
  return words.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
