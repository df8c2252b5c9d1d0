/** `RADONDB_UPDATE_GOLDEN=1 node --test …` writes the files anew: read the difference before it is committed. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { stringify } from 'yaml';
import type { ClusterModel, DesiredObject } from '../../src/desired/model.ts';
import { desiredObjects } from '../../src/desired/objects.ts';
import { credentialsSecret, internalSecret, tlsSecret } from '../../src/desired/secrets.ts';
import { volumeClaim } from '../../src/desired/volume-claim.ts';
import { aModel, FULL_SPEC } from './a-model.ts';

const GOLDEN = new URL('golden/', import.meta.url);
const UPDATE = process.env['RADONDB_UPDATE_GOLDEN'] === '1';

const SETTINGS: Readonly<Record<string, ClusterModel>> = {
  default: aModel(),
  full: aModel(FULL_SPEC, { bootstrap: false }),
};

function secretsOf(model: ClusterModel): readonly DesiredObject[] {
  const account = { username: 'app', password: 'not-random', database: 'app', rotation: '' };
  return [
    internalSecret(model, { agent: 'not-random', replication: 'not-random' }),
    credentialsSecret(model, account),
    tlsSecret(model, { 'ca.crt': 'CA', 'demo-0.crt': 'CERT', 'demo-0.key': 'KEY' }),
  ];
}

function documents(model: ClusterModel): ReadonlyMap<string, unknown> {
  const objects = [...desiredObjects(model), ...secretsOf(model)].map(({ object }) => object);
  const named = objects.map((object): [string, unknown] => [
    `${object.kind}-${object.metadata.name}`.toLowerCase(),
    object,
  ]);
  return new Map([...named, ['persistentvolumeclaim', volumeClaim(model, 'demo-0')]]);
}

for (const [setting, model] of Object.entries(SETTINGS))
  suite(`the objects of a cluster: ${setting}`, () => {
    for (const [name, object] of documents(model))
      test(name, async () => {
        const file = new URL(`${setting}-${name}.yaml`, GOLDEN);
        const text = stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
        if (UPDATE) await writeFile(file, text);
        assert.equal(text, await readFile(file, 'utf8'));
      });
  });

test('there is no golden file without an object', async () => {
  const wanted = Object.entries(SETTINGS).flatMap(([setting, model]) =>
    [...documents(model).keys()].map((name) => `${setting}-${name}.yaml`),
  );
  assert.deepEqual((await readdir(GOLDEN)).sort(), wanted.sort());
});
