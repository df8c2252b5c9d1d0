import assert from 'node:assert/strict';
import test from 'node:test';
import { parseClusterFile } from '../src/manifest-file.ts';

const demo = (spec: string): string =>
  `apiVersion: radondb.com/v1\nkind: MysqlCluster\nmetadata: {name: demo}\nspec: ${spec}\n`;

test('what is not YAML is named with file, line and column', () => {
  assert.throws(
    () => parseClusterFile('x.yaml', 'a: b\nc: [1,\nd: {'),
    /x\.yaml is not YAML:\n {2}x\.yaml:\d+:\d+: /,
  );
});

test('an empty file, and one without a cluster, say what to write', () => {
  for (const text of ['', '---\n', '# nothing\n']) {
    assert.throws(() => parseClusterFile('x.yaml', text), /names no cluster.*cluster\.yaml/);
  }
});

test('several documents are several clusters', () => {
  const other = demo('{}').replace('demo', 'other');
  const { clusters } = parseClusterFile('x.yaml', `${demo('{}')}---\n${other}`);
  assert.deepEqual(
    clusters.map((it) => it.metadata.name),
    ['demo', 'other'],
  );
});

test('an even number of members is a warning, not an error', () => {
  const { warnings } = parseClusterFile('x.yaml', demo('{replicas: 2}'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /spec\.replicas/);
});

test('aliases that expand without end are refused', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`;
  assert.throws(() => parseClusterFile('x.yaml', bomb), /cannot be read/);
});
