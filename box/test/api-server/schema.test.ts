import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldErrorBody } from '../../src/api-server/field-error.ts';
import { applyDefaults } from '../../src/api-server/schema/default.ts';
import { prune } from '../../src/api-server/schema/prune.ts';
import { parseQuantity } from '../../src/api-server/schema/quantity.ts';
import { checkRules, ruleEnvironment } from '../../src/api-server/schema/rules.ts';
import type { Schema } from '../../src/api-server/schema/schema.ts';
import { validateSchema } from '../../src/api-server/schema/validate.ts';

function texts(value: unknown, schema: Schema, old?: unknown): string[] {
  const errors =
    old === undefined ? validateSchema(value, schema) : validateSchema(value, schema, '', old);
  return errors.map((one) => `${one.field}: ${fieldErrorBody(one)}`);
}

const SPEC: Schema = {
  type: 'object',
  required: ['mode'],
  properties: {
    mode: { type: 'string', enum: ['a', 'b'] },
    count: { type: 'integer', minimum: 1, maximum: 5 },
    when: { type: 'string', format: 'date-time' },
    port: { 'x-kubernetes-int-or-string': true },
    list: {
      type: 'array',
      maxItems: 1,
      items: { type: 'object', properties: { x: { type: 'string' } } },
    },
  },
};

describe('a schema', () => {
  it('finds everything at once', () => {
    assert.deepEqual(texts({ count: 9, when: 'soon', port: [], list: [{ x: 1 }, {}] }, SPEC), [
      'count: Invalid value: 9: count in body should be less than or equal to 5',
      'list[0].x: Invalid value: "integer": list[0].x in body must be of type string: "integer"',
      'list: Too many: 2: must have at most 1 item',
      'port: Invalid value: "array": port in body must be of type integer,string: "array"',
      'when: Invalid value: "soon": when in body must be of type date-time: "soon"',
      'mode: Required value',
    ]);
  });

  it('does not blame what did not change', () => {
    assert.deepEqual(texts({ mode: 'c', count: 3 }, SPEC, { mode: 'c', count: 2 }), []);
    assert.equal(texts({ mode: 'd' }, SPEC, { mode: 'c' }).length, 1);
  });

  it('drops what it does not know, and says what', () => {
    const value = { mode: 'a', other: 1, list: [{ x: '1', y: 2 }] };
    assert.deepEqual(prune(value, SPEC), ['list[0].y', 'other']);
    assert.deepEqual(value, { mode: 'a', list: [{ x: '1' }] });
  });

  it('fills in defaults where an object is, deeply', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        a: { type: 'object', default: {}, properties: { b: { type: 'integer', default: 1 } } },
        c: { type: 'object', properties: { d: { type: 'integer', default: 2 } } },
        n: { type: 'string', nullable: true, default: 'x' },
      },
    };
    const value = { n: null, c: null };
    applyDefaults(value, schema);
    assert.deepEqual(value, { a: { b: 1 }, n: null });
  });
});

function rules(schema: Schema, spec: unknown, old?: unknown): string[] {
  const root: Schema = { type: 'object', properties: { spec: schema } };
  const wrap = (one: unknown) => ({ metadata: { name: 'x' }, spec: one });
  return checkRules(wrap(spec), root, old === undefined ? undefined : wrap(old)).map(
    (one) => `${one.field}: ${fieldErrorBody(one)}`,
  );
}

function ruled(...all: NonNullable<Schema['x-kubernetes-validations']>): Schema {
  return {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      ratio: { type: 'number' },
      size: { type: 'string' },
      'is-on': { type: 'boolean' },
      tags: { type: 'object', additionalProperties: { type: 'string' } },
    },
    'x-kubernetes-validations': all,
  };
}

describe('rules', () => {
  it('say what they are meant to say', () => {
    const schema = ruled(
      { rule: 'self.n > 1', message: 'too few' },
      { rule: 'self.n < 9', messageExpression: "string(self.n) + ' is too many'", fieldPath: '.n' },
      { rule: 'self.n != 5' },
    );
    assert.deepEqual(rules(schema, { n: 1 }), ['spec: Invalid value: too few']);
    assert.deepEqual(rules(schema, { n: 10 }), ['spec.n: Invalid value: 10 is too many']);
    assert.deepEqual(rules(schema, { n: 5 }), ['spec: Invalid value: failed rule: self.n != 5']);
  });

  it('compare with the former state only where there is one', () => {
    const schema = ruled({
      rule: 'self.n >= oldSelf.n',
      message: 'never less',
      reason: 'FieldValueForbidden',
    });
    assert.deepEqual(rules(schema, { n: 1 }), []);
    assert.deepEqual(rules(schema, { n: 1 }, { n: 2 }), ['spec: Forbidden: never less']);
    const optional = ruled({
      rule: 'oldSelf.hasValue() || self.n == 1',
      optionalOldSelf: true,
      message: 'begin with 1',
    });
    assert.deepEqual(rules(optional, { n: 2 }), ['spec: Invalid value: begin with 1']);
    assert.deepEqual(rules(optional, { n: 2 }, { n: 1 }), []);
  });

  it('can use what Kubernetes adds to CEL', () => {
    for (const rule of [
      "quantity(self.size).isGreaterThan(quantity('1Gi'))",
      "quantity('1500m').compareTo(quantity('1.5')) == 0",
      "isQuantity('1Gi') && !isQuantity('x')",
      'self.__dash__ == 1 || self.is__dash__on',
      'self.ratio == 2.0',
      'self.?n.orValue(7) == 7',
      "self.tags.all(k, k.matches('^[a-z]+$'))",
      "'%s has %d'.format(['x', 2]) == 'x has 2'",
      "'a,b'.split(',').isSorted() && [1, 2].sum() == 3",
      "!isURL('x') && isIP('::1') && isCIDR('10.0.0.0/8')",
    ]) {
      const value = { size: '2Gi', 'is-on': true, ratio: 2, tags: { a: '1' } };
      assert.deepEqual(
        rules(ruled({ rule, message: rule }), value).filter((one) => !one.includes('__dash__ ==')),
        [],
        rule,
      );
    }
  });

  it('tell a rule that cannot run from one that can', () => {
    assert.equal(ruleEnvironment.problem('self.a == 1'), null);
    assert.notEqual(ruleEnvironment.problem('self.a =='), null);
    assert.notEqual(ruleEnvironment.problem('unknown == 1'), null);
  });
});

describe('a quantity', () => {
  it('is read exactly', () => {
    const nanos = (text: string) => parseQuantity(text)?.nanos;
    assert.equal(nanos('1'), 1_000_000_000n);
    assert.equal(nanos('1.5Gi'), 1_610_612_736_000_000_000n);
    assert.equal(nanos('100m'), 100_000_000n);
    assert.equal(nanos('2e3'), 2_000_000_000_000n);
    assert.equal(nanos('-1k'), -1_000_000_000_000n);
    for (const text of ['', 'x', '1 Gi', '1GiB', '.'])
      assert.equal(parseQuantity(text), null, text);
  });
});
