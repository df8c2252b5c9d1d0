import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeContinue, encodeContinue } from '../../src/api-server/store/continue-token.ts';
import {
  matchesSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '../../src/api-server/store/selectors.ts';

const LABELS = { app: 'demo', tier: 'gold', 'radondb.com/cluster': 'c', n: '5' };

describe('a label selector', () => {
  it('chooses by every form', () => {
    const cases: [string, boolean][] = [
      ['', true],
      ['app=demo', true],
      ['app==demo,tier=gold', true],
      ['app!=demo', false],
      ['other!=x', true],
      ['app', true],
      ['!app', false],
      ['!other', true],
      ['tier in (gold, silver)', true],
      ['tier notin (gold,silver),app', false],
      ['radondb.com/cluster=c', true],
      ['n>4', true],
      ['n<4', false],
    ];
    for (const [text, expected] of cases)
      assert.equal(parseLabelSelector(text)(LABELS), expected, text);
    assert.throws(() => parseLabelSelector(')('), /unable to parse requirement/);
  });
  it('chooses by expressions', () => {
    const expression = (operator: string, values: string[] = []) =>
      matchesSelector({ matchExpressions: [{ key: 'app', operator, values }] }, LABELS);
    assert.deepEqual(
      [
        expression('In', ['demo']),
        expression('NotIn', ['demo']),
        expression('Exists'),
        expression('DoesNotExist'),
      ],
      [true, false, true, false],
    );
    assert.equal(matchesSelector(undefined, LABELS), true);
  });
});

describe('a field selector', () => {
  const parse = (text: string) =>
    parseFieldSelector(
      text,
      (field) =>
        field === 'metadata.name' || field === 'status.phase' ? field.split('.') : undefined,
      (field) => `unknown ${field}`,
    );
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' } };
  it('compares fields, and refuses those that are not selectable', () => {
    assert.equal(parse('metadata.name=a')(object), true);
    assert.equal(parse('metadata.name!=a')(object), false);
    assert.equal(parse('metadata.name=a,status.phase=')(object), true);
    assert.throws(() => parse('spec.x=1'), /unknown spec\.x/);
  });
});

describe('a continue token', () => {
  it('is read as it was written, and refused when it was not', () => {
    const token = { revision: 7, after: '/configmaps/ns/ä' };
    assert.deepEqual(decodeContinue(encodeContinue(token)), token);
    assert.throws(() => decodeContinue('nonsense'), /continue key is not valid/);
  });
});
