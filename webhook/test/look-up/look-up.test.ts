import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SECRET_KEYS } from '../../src/certificates.ts';
import { apiServerLookUp } from '../../src/look-up/api-server-look-up.ts';
import { CACHE_MS, cachedLookUp } from '../../src/look-up/cached-look-up.ts';
import { gatherFacts, type LookUp } from '../../src/look-up/look-up.ts';
import type { Reference } from '../../src/review/facts.ts';
import { aReview } from '../builders.ts';
import { aSecret, leafOf, review, runWebhook, stopWebhook } from '../running.ts';

const secret = (name: string): Reference => ({
  kind: 'Secret',
  namespace: 'shop',
  name,
  field: 'spec.passwordSecretRef.name',
});
const never = AbortSignal.timeout(60_000);

describe('facts', () => {
  it('tell what is missing; what fails, hangs or is unknown is not', async () => {
    const lookUp: LookUp = {
      exists: async ({ name }) => {
        if (name === 'hangs') return await new Promise(() => undefined);
        if (name === 'fails') throw new Error('the API server is down');
        return { there: true, missing: false }[name];
      },
    };
    const references = ['there', 'missing', 'unknown', 'fails', 'hangs'].map(secret);
    assert.deepEqual(await gatherFacts(references, lookUp, 20), { missing: [secret('missing')] });
  });
});

describe('the cache', () => {
  it('asks again after a while, sooner for what was missing, and holds a failure back as well', async () => {
    let nowMs = 0;
    let asked = 0;
    let answer: boolean | undefined | Error = true;
    const cached = cachedLookUp(
      {
        exists: async () => {
          asked += 1;
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      () => nowMs,
    );
    const ask = (): Promise<boolean | undefined> => cached.exists(secret('a'), never);
    const steps: readonly (readonly [boolean | undefined | Error, number])[] = [
      [true, CACHE_MS.present],
      [false, CACHE_MS.missing],
      [undefined, CACHE_MS.unknown],
    ];
    for (const [given, holdsMs] of steps) {
      answer = given;
      asked = 0;
      assert.equal(await ask(), given);
      nowMs += holdsMs - 1;
      assert.equal(await ask(), given);
      assert.equal(asked, 1);
      nowMs += 1;
    }
    answer = new Error('down');
    await assert.rejects(ask());
    assert.equal(await ask(), undefined);
  });
});

describe('the look-up at kube-apiserver', () => {
  it('asks for metadata only, as its service account, and understands 200, 404 and the rest', async () => {
    const certificates = await aSecret();
    const { certificate, key } = leafOf(certificates);
    const asked: unknown[] = [];
    const server = createServer({ cert: certificate, key }, (request, response) => {
      asked.push([request.url, request.headers.authorization, request.headers.accept]);
      const name = request.url?.split('/').at(-1);
      response.writeHead(name === 'there' ? 200 : name === 'missing' ? 404 : 403).end('{}');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const directory = await mkdtemp(join(tmpdir(), 'webhook-look-up-'));
    const [caFile, tokenFile] = [join(directory, 'ca.crt'), join(directory, 'token')];
    await writeFile(caFile, certificates[SECRET_KEYS.authority] ?? '');
    await writeFile(tokenFile, 'secret-token\n');
    const { port } = server.address() as AddressInfo;
    const lookUp = apiServerLookUp({ host: '127.0.0.1', port, caFile, tokenFile });
    try {
      assert.equal(await lookUp.exists(secret('there'), never), true);
      const cluster: Reference = { ...secret('missing'), kind: 'MysqlCluster' };
      assert.equal(await lookUp.exists(cluster, never), false);
      assert.equal(await lookUp.exists(secret('a/../b'), never), undefined);
      const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
      const bearer = 'Bearer secret-token';
      assert.deepEqual(asked, [
        ['/api/v1/namespaces/shop/secrets/there', bearer, accept],
        ['/apis/radondb.com/v1/namespaces/shop/mysqlclusters/missing', bearer, accept],
        ['/api/v1/namespaces/shop/secrets/a%2F..%2Fb', bearer, accept],
      ]);
      await assert.rejects(lookUp.exists(secret('there'), AbortSignal.abort()));
    } finally {
      lookUp.close();
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true });
    }
  });
});

describe('a review that looks around', () => {
  it('warns of a Secret and of a cluster that are not there yet, and lets the user in', async () => {
    const webhook = await runWebhook({ lookUp: { exists: async () => false } });
    const object = {
      apiVersion: 'radondb.com/v1',
      kind: 'MysqlUser',
      metadata: { name: 'app', namespace: 'shop' },
      spec: {
        clusterRef: { name: 'demo', namespace: 'data' },
        passwordSecretRef: { name: 'app-password' },
      },
    };
    const kind = { group: 'radondb.com', version: 'v1', kind: 'MysqlUser' };
    const response = await review(webhook, aReview({ kind, name: 'app', object }));
    await stopWebhook(webhook);
    assert.deepEqual(response, {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      warnings: [
        'spec.clusterRef: there is no MysqlCluster demo in namespace data yet: create it',
        'spec.passwordSecretRef.name: there is no Secret app-password in namespace shop yet: create it',
      ],
    });
  });
});
