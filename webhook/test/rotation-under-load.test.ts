import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SECRET_KEYS } from '../src/certificates/secret-data.ts';
import {
  DEFAULT_CERTIFICATE_TIMES,
  openMountedSecret,
  rotateCertificates,
} from '../src/certificates.ts';
import { SILENT } from '../src/log.ts';
import { startWebhook } from '../src/server.ts';
import { aReview } from './builders.ts';
import { MemoryStore } from './certificates/memory-store.ts';
import { NAMES, review, type TestWebhook } from './running.ts';
import { SecretMount } from './secret-mount.ts';

describe('a rotation of the authority under load', () => {
  it('fails no review, neither on kept connections nor on new ones, and closes none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'webhook-certificates-'));
    const stop = new AbortController();
    const store = new MemoryStore(['validating']);
    const mount = new SecretMount(directory);
    // Made seven years ago, for ten years each: what comes now is due for the TLS library's clock, too.
    const lifetimeMs = DEFAULT_CERTIFICATE_TIMES.authorityLifetimeMs;
    let nowMs = Date.now() - lifetimeMs * 0.7;
    let leafLifetimeMs = lifetimeMs;
    const rotate = (): Promise<number> =>
      rotateCertificates({
        store,
        wishes: { names: NAMES, times: { ...DEFAULT_CERTIFICATE_TIMES, leafLifetimeMs } },
        now: () => nowMs,
        signal: stop.signal,
      });
    await rotate();
    await mount.write(store.secret?.data ?? {});
    const tls = await openMountedSecret({ directory, pollMs: 5, log: SILENT, signal: stop.signal });
    const running = await startWebhook({ tls, listen: { host: '127.0.0.1', port: 0 } });
    const bundle = (): string => store.bundles.get('validating') ?? '';
    const kept = new Agent({ keepAlive: true, maxSockets: 4, ca: bundle() });
    const clientOf = (agent: Agent): TestWebhook => ({ ...running, agent }) as TestWebhook;
    const counts = { kept: 0, fresh: 0 };
    let loading = true;
    const load = async (): Promise<void> => {
      while (loading) {
        assert.equal((await review(clientOf(kept), aReview())).allowed, true);
        counts.kept += 1;
        // As kube-apiserver connects: with what the configuration says now.
        const fresh = new Agent({ ca: bundle() });
        assert.equal((await review(clientOf(fresh), aReview())).allowed, true);
        fresh.destroy();
        counts.fresh += 1;
      }
    };
    const loads = [load(), load(), load()];
    const failed = Promise.all(loads).then(() => undefined);
    /** Ends early when the load has failed. */
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await Promise.race([failed, new Promise(setImmediate)]);
    };
    const more = async (): Promise<void> => {
      const target = counts.fresh + 20;
      await until(() => counts.fresh >= target);
    };
    const leaves = new Set<string>();
    try {
      await more();
      const sockets = new Set(
        Object.values(kept.freeSockets).concat(Object.values(kept.sockets)).flat(),
      );
      nowMs = Date.now();
      leafLifetimeMs = DEFAULT_CERTIFICATE_TIMES.leafLifetimeMs;
      // Next authority trusted; leaf of it served; old authority dropped.
      for (let step = 0; step < 3; step += 1) {
        const untilMs = await rotate();
        await more();
        await mount.write(store.secret?.data ?? {});
        const wanted = store.secret?.data[SECRET_KEYS.certificate] ?? '';
        await until(() => tls.current().certificate === wanted);
        leaves.add(wanted);
        await more();
        nowMs = untilMs;
      }
      const now = Object.values(kept.freeSockets).concat(Object.values(kept.sockets)).flat();
      assert.ok(
        now.some((socket) => sockets.has(socket)),
        'kept connections go on',
      );
    } finally {
      loading = false;
      await failed.catch(() => undefined);
      kept.destroy();
      stop.abort();
      await running.close(0);
      await rm(directory, { recursive: true });
    }
    await failed;
    assert.ok(leaves.size >= 2, 'the leaf of the first and of the second authority');
    assert.ok(counts.kept >= 100);
  });
});
