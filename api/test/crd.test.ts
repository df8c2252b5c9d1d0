import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { JsonSchema } from '../src/crd/structural-schema.ts';
import { structuralSchema } from '../src/crd/structural-schema.ts';
import { customResourceDefinition, KINDS, renderApiReference, renderYaml } from '../src/crd.ts';

interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly inList: boolean;
}

/** Every schema in a schema, with its path. */
function* fieldsOf(schema: JsonSchema, path = '', inList = false): Iterable<Field> {
  yield { path, schema, inList };
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  for (const [name, child] of Object.entries(properties)) {
    yield* fieldsOf(child, path === '' ? name : `${path}.${name}`, inList);
  }
  if (schema['items'] !== undefined) {
    yield* fieldsOf(schema['items'] as JsonSchema, `${path}[]`, true);
  }
  if (typeof schema['additionalProperties'] === 'object') {
    yield* fieldsOf(schema['additionalProperties'] as JsonSchema, `${path}{}`, inList);
  }
}

interface Version {
  readonly schema: { readonly openAPIV3Schema: JsonSchema };
  readonly subresources: object;
  readonly additionalPrinterColumns: readonly { readonly priority?: number }[];
}

const definitions = KINDS.map((kind) => {
  const definition = customResourceDefinition(kind);
  const spec = definition['spec'] as { versions: readonly [Version] };
  const [version] = spec.versions;
  const fields = [...fieldsOf(version.schema.openAPIV3Schema)];
  return { kind, definition, version, fields };
});

for (const { kind, definition, version, fields } of definitions) {
  const inSpec = fields.filter(({ path }) => path.startsWith('spec'));
  const complain = (wrong: readonly Field[], rule: string): void =>
    assert.deepEqual(
      wrong.map(({ path }) => path),
      [],
      rule,
    );

  describe(`the definition of ${kind.kind}`, () => {
    it('fits into the annotation of kubectl apply with room to grow', () => {
      assert.ok(JSON.stringify(definition).length < 150_000);
    });

    it('is structural: every field has one type, and nothing that the API server refuses', () => {
      complain(
        fields.filter(
          ({ schema }) =>
            typeof schema['type'] !== 'string' &&
            schema['x-kubernetes-int-or-string'] !== true &&
            schema['x-kubernetes-preserve-unknown-fields'] !== true,
        ),
        'a type',
      );
      const banned = ['const', '$ref', 'patternProperties', 'oneOf', 'allOf', 'not', 'uniqueItems'];
      complain(
        fields.filter(({ schema }) => banned.some((keyword) => keyword in schema)),
        `none of ${banned.join(', ')}`,
      );
    });

    it('describes every field', () => {
      complain(
        fields.filter(
          ({ path, schema }) =>
            path !== 'metadata' &&
            !/(\[\]|\{\})$/.test(path) &&
            typeof schema['description'] !== 'string',
        ),
        'a description',
      );
    });

    it('bounds everything that a person writes, or rules would be too dear', () => {
      const unbounded = inSpec.filter(({ schema }) => {
        const { type } = schema;
        if (type === 'array') return !('maxItems' in schema);
        if (type === 'string') return !('maxLength' in schema) && !('enum' in schema);
        if (type === 'object' && 'additionalProperties' in schema)
          return !('maxProperties' in schema);
        if (type === 'integer') return !('minimum' in schema && 'maximum' in schema);
        return false;
      });
      complain(unbounded, 'a bound');
    });

    it('has no default in a list: GitOps tools would see a difference for ever', () => {
      complain(
        fields.filter(({ schema, inList }) => inList && 'default' in schema),
        'no default',
      );
    });

    it('says of every list how it is merged', () => {
      complain(
        fields.filter(
          ({ schema }) => schema['type'] === 'array' && !('x-kubernetes-list-type' in schema),
        ),
        'a list type',
      );
    });

    it('has no name that YAML takes for true or false', () => {
      complain(
        fields.filter(({ path }) => /(^|\.)(y|n|yes|no|on|off|true|false)(\[\])?$/i.test(path)),
        'a name that stays a name',
      );
    });

    it('does not ask for what has a default', () => {
      complain(
        fields.filter(({ schema }) => {
          const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
          const required = (schema['required'] ?? []) as readonly string[];
          return required.some((name) => 'default' in (properties[name] ?? {}));
        }),
        'no default on what is required',
      );
    });

    it('shows at most seven columns, and has a status of its own', () => {
      const columns = version.additionalPrinterColumns.filter(({ priority }) => priority !== 1);
      assert.ok(columns.length <= 7);
      assert.ok('status' in version.subresources);
    });

    it('takes no quote, backslash, semicolon or control character into SQL', () => {
      // Not SQL: settings have checks of their own, and the rest is handed to Kubernetes as it is.
      const elsewhere = /^spec\.(mysql\.config|pod|accounts|routing)|^spec\.tls\./;
      const sources = [...fieldsOf(kind.schema)].filter(({ path }) => path.startsWith('spec'));
      const open = sources.filter(({ path, schema }) => {
        if (schema['type'] !== 'string' || 'enum' in schema || elsewhere.test(path)) return false;
        assert.ok('x-radondb-message' in schema, `${path} says its pattern in words`);
        const pattern = new RegExp(String(schema['pattern']), 'u');
        return ["a'b", 'a"b', 'a`b', 'a\\b', 'a;b', 'a\nb', 'a\0b', 'a\n'].some((text) =>
          pattern.test(text),
        );
      });
      complain(open, 'a pattern');
    });
  });
}

describe('a schema with a keyword that has no translation', () => {
  it('is refused: it would be lost in silence', () => {
    assert.throws(() => structuralSchema({ type: 'string', format: 'uri' }, '.a'), /\.a.*format/);
  });
});

describe('generated YAML', () => {
  it('is what it was made from', () => {
    for (const { definition } of definitions) {
      assert.deepEqual(parse(renderYaml(definition)), JSON.parse(JSON.stringify(definition)));
    }
    const awkward = {
      empty: {},
      none: [],
      on: 'on',
      'a b': 'no',
      text: 'true',
      number: '1e3',
      lines: 'a\nb: c # d',
      nested: [
        [1, [2]],
        [{ a: [] }, { b: { c: null } }],
      ],
      dash: '- a',
      blank: '',
    };
    assert.deepEqual(parse(renderYaml(awkward)), awkward);
    assert.deepEqual(parse(renderYaml(awkward), { version: '1.1' }), awkward);
  });
});

describe('the API reference', () => {
  const text = renderApiReference(KINDS);

  it('has every field of every kind', () => {
    for (const { kind, fields } of definitions) {
      for (const { path } of fields) {
        const name = path.split('.').at(-1)?.replace('[]', '') ?? '';
        const parent = path.split('.').slice(0, -1).join('.');
        if (!/^(spec|status)\./.test(path) || name.endsWith('{}') || path.endsWith('[]')) continue;
        const section = text.split(`### ${kind.kind}.${parent}\n`)[1]?.split('\n### ')[0] ?? '';
        assert.ok(section.includes(`| \`${name}\` |`), `${kind.kind}.${path}`);
      }
    }
  });

  it('says what the rules say', () => {
    assert.match(text, /`storage\.size` cannot shrink/);
    assert.match(text, /\*\*Required\.\*\*/);
  });

  it('is the one that is checked in', () => {
    const found = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    assert.equal(found, text, 'run npm run generate');
  });
});
