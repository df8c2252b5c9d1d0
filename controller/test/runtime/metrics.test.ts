import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { createKubeClient } from '../../src/runtime/kube/kube-client.ts';
import { createRuntimeMetrics } from '../../src/runtime/metrics.ts';
import { Reflector } from '../../src/runtime/reflector/reflector.ts';
import { CONFIG_MAPS } from '../../src/runtime/resources.ts';
import { aConfigMap, aFakeApi, silent } from '../support/builders.ts';
import { create } from '../support/direct.ts';
import { eventually } from '../support/eventually.ts';
import { QUICK } from '../support/mirror.ts';

describe('the metrics of the runtime', () => {
  it('tell of calls, caches, leadership and dropped events', async () => {
    await using api = await aFakeApi();
    const registry = new Registry();
    const metrics = createRuntimeMetrics(registry);
    const client = createKubeClient({ transport: api.transport, observer: metrics.calls });
    create(api.server, aConfigMap('a'));
    const reflector = new Reflector<string>({
      client,
      resource: CONFIG_MAPS,
      project: ({ metadata }) => metadata.name,
      logger: silent,
      observer: metrics.reflectors,
      times: QUICK,
    });
    metrics.watchReflector(reflector);
    metrics.setLeading('lease', true);
    metrics.onEventDropped('too-many');
    const fault = { kind: 'status', code: 503, reason: 'ServiceUnavailable' } as const;
    api.server.faults.add((request) => request.verb === 'list', fault, 1);
    void reflector.run(api.signal);
    await eventually('it watches', () => api.server.watchCount === 1);
    const text = await registry.metrics();
    for (const line of [
      /^rest_client_requests_total\{code="200",method="GET"\} 1$/m,
      /^rest_client_requests_total\{code="503",method="GET"\} 1$/m,
      /^rest_client_request_duration_seconds_count\{method="GET"\} 2$/m,
      /^informer_objects\{resource="configmaps"\} 1$/m,
      /^informer_rounds_total\{resource="configmaps",kind="list",end="refused"\} 1$/m,
      /^informer_rounds_total\{resource="configmaps",kind="list",end="complete"\} 1$/m,
      /^informer_last_event_age_seconds\{resource="configmaps"\} 0(\.\d+)?$/m,
      /^leader_election_master_status\{name="lease"\} 1$/m,
      /^event_recorder_dropped_total\{why="too-many"\} 1$/m,
    ])
      assert.match(text, line);
    await api.server.down();
    await eventually('a call had no answer', async () =>
      /informer_rounds_total\{resource="configmaps",kind="watch",end="unreachable"\}/.test(
        await registry.metrics(),
      ),
    );
    await api.server.up();
  });
});
