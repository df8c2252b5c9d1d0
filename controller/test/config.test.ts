import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError, readSettings } from '../src/config.ts';

const ENV = {
  RADONDB_OPERATOR_IMAGE: 'radondb/operator:1',
  RADONDB_NAMESPACE: 'radondb-system',
  RADONDB_INSTANCE: 'radondb-controller-0',
};

suite('settings of the controller', () => {
  test('in a pod it uses its service account', () => {
    const settings = readSettings([], ENV);
    assert.deepEqual(settings.kubeconfig, { kind: 'in-cluster' });
    assert.deepEqual(settings.operator.mysqlImages, { '9.7': 'mysql:9.7', '8.4': 'mysql:8.4' });
    assert.deepEqual(settings.listen, { host: '0.0.0.0', port: 8080 });
  });

  test('elsewhere a kubeconfig; images and port are given', () => {
    const settings = readSettings(['--kubeconfig', '/k', '--context', 'c', '--port', '0'], {
      ...ENV,
      RADONDB_MYSQL_IMAGES: '9.7=mirror/mysql:9.7.4',
    });
    assert.deepEqual(settings.kubeconfig, { kind: 'file', path: '/k', context: 'c' });
    assert.equal(settings.operator.mysqlImages['9.7'], 'mirror/mysql:9.7.4');
    assert.equal(settings.operator.mysqlImages['8.4'], 'mysql:8.4');
    assert.equal(settings.listen.port, 0);
  });

  test('everything that is wrong is told at once', () => {
    const env = { RADONDB_MYSQL_IMAGES: '5.7=x', RADONDB_LOG_LEVEL: 'loud' };
    assert.throws(
      () => readSettings(['--port', 'many'], env),
      (error) => {
        assert.ok(error instanceof ConfigError);
        for (const word of [
          'RADONDB_OPERATOR_IMAGE',
          'RADONDB_NAMESPACE',
          'RADONDB_INSTANCE',
          'RADONDB_MYSQL_IMAGES',
          'RADONDB_LOG_LEVEL',
          '--port many',
        ])
          assert.ok(error.message.includes(word), word);
        return true;
      },
    );
  });
});
