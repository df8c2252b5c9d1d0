import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, readConfig } from '../src/config.ts';

describe('the environment', () => {
  it('may be empty', () => {
    assert.deepEqual(readConfig({}), {
      host: '::',
      port: 9443,
      healthPort: 8080,
      certificateDirectory: '/etc/radondb/webhook',
      certificatePollMs: 10_000,
      drainMs: 5_000,
      logLevel: 'info',
      settings: { images: {} },
      apiServer: undefined,
    });
  });

  it('of a pod says where kube-apiserver is', () => {
    const { apiServer } = readConfig({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
    });
    assert.deepEqual([apiServer?.host, apiServer?.port], ['10.96.0.1', 443]);
  });

  it('names the images of today', () => {
    const { settings } = readConfig({
      RADONDB_MYSQL_IMAGES: '9.7=r/mysql:9.7.4, 8.4=r/mysql@sha256:1',
    });
    assert.deepEqual(settings.images, { '9.7': 'r/mysql:9.7.4', '8.4': 'r/mysql@sha256:1' });
  });

  it('is refused with everything that is wrong with it', () => {
    const wrong = {
      RADONDB_WEBHOOK_PORT: '70000',
      RADONDB_WEBHOOK_HEALTH_PORT: '',
      RADONDB_WEBHOOK_DRAIN_MS: '5s',
      RADONDB_LOG_LEVEL: 'loud',
      RADONDB_MYSQL_IMAGES: 'mysql:9.7',
    };
    assert.throws(
      () => readConfig(wrong),
      (error) => {
        assert.ok(error instanceof ConfigError);
        for (const name of Object.keys(wrong)) assert.ok(error.message.includes(name), name);
        return true;
      },
    );
  });
});
