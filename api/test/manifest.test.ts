import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseManifest } from '../src/validate/manifest.ts';
import { validateMysqlCluster } from '../src/validate/mysql-cluster.ts';
import { validateMysqlDatabase } from '../src/validate/mysql-database.ts';
import { validateMysqlUser } from '../src/validate/mysql-user.ts';
import { aCluster } from './builders.ts';

const SAMPLES = new URL('../../manifests/samples/', import.meta.url);
const read = (name: string): unknown[] => {
  const documents = parseAllDocuments(readFileSync(new URL(name, SAMPLES), 'utf8'));
  assert.ok(Array.isArray(documents));
  return documents.map((document) => document.toJS());
};

describe('the samples', () => {
  const names = readdirSync(SAMPLES);

  it('are there', () => {
    for (const name of ['cluster.yaml', 'five.yaml', 'single.yaml'])
      assert.ok(names.includes(name));
  });

  for (const name of ['cluster.yaml', 'five.yaml', 'single.yaml']) {
    it(`${name} is good and warns of nothing`, () => {
      const { clusters, problems, warnings } = parseManifest(read(name));
      assert.deepEqual([problems, warnings], [[], []]);
      assert.equal(clusters.length, 1);
    });
  }

  for (const name of names) {
    it(`${name} is good in Kubernetes`, () => {
      const checks = {
        MysqlCluster: validateMysqlCluster,
        MysqlUser: validateMysqlUser,
        MysqlDatabase: validateMysqlDatabase,
      };
      for (const object of read(name)) {
        const { kind } = object as { kind: keyof typeof checks };
        const { problems, warnings } = checks[kind](object);
        assert.deepEqual([problems, warnings], [[], []]);
      }
    });
  }

  it('the first one is what the guide says: demo, three members', () => {
    const [cluster] = parseManifest(read('cluster.yaml')).clusters;
    assert.equal(cluster?.metadata.name, 'demo');
    assert.equal(cluster?.spec.replicas, 3);
  });
});

describe('a manifest', () => {
  it('of several documents gives the good clusters and all findings, each with its place', () => {
    const bad = { ...aCluster({ replicas: 9 }), metadata: { name: 'bad' } };
    const even = { ...aCluster({ replicas: 2 }), metadata: { name: 'even' } };
    const { clusters, problems, warnings } = parseManifest([
      aCluster(),
      null,
      bad,
      'text',
      { apiVersion: 'mysql.radondb.com/v1alpha1', kind: 'MysqlCluster', metadata: { name: 'old' } },
      { apiVersion: 'radondb.com/v1', kind: 'Backup', metadata: { name: 'b' } },
      { apiVersion: 'v1', kind: 'List', items: [even, aCluster()] },
      undefined,
    ]);
    assert.deepEqual(
      clusters.map(({ metadata }) => metadata.name),
      ['demo', 'even'],
    );
    assert.deepEqual(
      problems.map(({ document, object, field }) => [document, object, field]),
      [
        [2, 'MysqlCluster/bad', 'spec.replicas'],
        [3, 'value', ''],
        [4, 'MysqlCluster/old', 'apiVersion'],
        [5, 'Backup/b', 'kind'],
        [6, 'MysqlCluster/demo', 'metadata.name'],
      ],
    );
    assert.deepEqual(
      warnings.map(({ object, field }) => [object, field]),
      [['MysqlCluster/even', 'spec.replicas']],
    );
  });
});
