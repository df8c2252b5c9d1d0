import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { covers } from '../../src/desired/covers.ts';
import { APPLIED_ANNOTATION } from '../../src/desired/metadata.ts';
import type { ClusterModel } from '../../src/desired/model.ts';
import { desiredObjects } from '../../src/desired/objects.ts';
import { revisionOf } from '../../src/desired/pod-template.ts';
import { parseQuantity, readQuantity } from '../../src/quantity.ts';
import { aModel, FULL_SPEC } from './a-model.ts';

suite('all objects of a cluster', () => {
  for (const { resource, object } of desiredObjects(aModel(FULL_SPEC)))
    test(`${resource.kind} ${object.metadata.name} is owned, labelled, and nothing of Argo's`, () => {
      const { ownerReferences, labels = {}, annotations = {}, namespace } = object.metadata;
      assert.equal(ownerReferences?.[0]?.kind, 'MysqlCluster');
      assert.equal(ownerReferences[0].controller, true);
      assert.equal(labels['radondb.com/cluster'], 'demo');
      assert.equal(namespace, 'shop');
      assert.match(annotations[APPLIED_ANNOTATION] ?? '', /^[0-9a-f]{16}$/);
      const keys = [...Object.keys(labels), ...Object.keys(annotations)];
      assert.ok(keys.every((key) => !key.includes('argocd')));
    });

  test('are the same for the same model: nothing random, no time', () => {
    assert.deepEqual(desiredObjects(aModel(FULL_SPEC)), desiredObjects(aModel(FULL_SPEC)));
  });
});

suite("a pod's revision", () => {
  const before = revisionOf(aModel());
  const changes: Readonly<Record<string, ClusterModel>> = {
    'another setting': aModel({ mysql: { config: { table_open_cache: 9 } } }),
    'another image': aModel({ mysql: { image: 'mysql:9.7.1' } }),
    'another agent': aModel({}, { operator: { image: 'radondb/operator:2', namespace: 'x' } }),
    'other resources': aModel({ mysql: { resources: { limits: { memory: '2Gi' } } } }),
    'another label': aModel({ pod: { labels: { team: 'x' } } }),
    'other certificates': aModel({}, { secrets: { tls: 'x', credentials: 'y' } }),
    'another failover delay': aModel({ ha: { failover: { delay: '10s' } } }),
  };
  for (const [what, model] of Object.entries(changes))
    test(`changes with ${what}`, () => assert.notEqual(revisionOf(model), before));

  for (const [what, model] of Object.entries({
    'the first write': aModel({}, { bootstrap: false }),
    hibernation: aModel({ replicas: 0 }),
    'the size of volumes': aModel({ storage: { size: '99Gi' } }),
    'a setting that a running server takes': aModel({ mysql: { config: { max_connections: 9 } } }),
    'the Services': aModel({ routing: { service: { type: 'NodePort' } } }),
  }))
    test(`does not change with ${what}`, () => assert.equal(revisionOf(model), before));
});

suite('whether an object is as it should be', () => {
  for (const [what, found, wanted, expected] of [
    ['more fields are fine', { a: 1, b: 2 }, { a: 1 }, true],
    ['another value is not', { a: 2 }, { a: 1 }, false],
    ['a missing field is not', {}, { a: 1 }, false],
    ['fields of a list are compared in place', [{ a: 1, b: 2 }], [{ a: 1 }], true],
    ['a longer list is not', [1, 2], [1], false],
    ['an empty list is not stored', undefined, [], true],
    ['an empty map is not stored', { x: undefined }, { x: {} }, true],
    ['amounts are compared as amounts', { cpu: '1' }, { cpu: '1000m' }, true],
    ['other amounts differ', { cpu: '1' }, { cpu: '1001m' }, false],
  ] as const)
    test(what, () => assert.equal(covers(found, wanted), expected));
});

suite('amounts', () => {
  for (const [text, amount] of [
    ['2', 2],
    ['500m', 0.5],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['10G', 1e10],
  ] as const)
    test(text, () => assert.equal(parseQuantity(text), amount));
  for (const text of ['', 'x', '-1', '1 Gi', '1e3', '1KiB'])
    test(`${JSON.stringify(text)} is none`, () => assert.equal(readQuantity(text), null));
});
