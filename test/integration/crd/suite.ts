/**
 * The kinds as an API server serves them, asked through kubectl. The same for every API server that
 * claims to be one.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { customResourceDefinition, KINDS } from '@radondb/api/crd';
import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import { ACCOUNT_CASES } from './account-cases.ts';
import { type Answers, answerTo, applyBad, applyBefore, applyGood, run } from './applied.ts';
import { named } from './case.ts';
import { CLUSTER_CASES } from './cluster-cases.ts';
import { describeSamples } from './samples.ts';
import { describeShape } from './shape.ts';

const CRDS = fileURLToPath(new URL('../../../manifests/crds/', import.meta.url));
const NAMESPACE = 'crd-rules';
const CASES = named([...CLUSTER_CASES, ...ACCOUNT_CASES]);

/** An API server that the suite may fill and that is stopped after it. */
export interface Server extends KubectlTarget {
  stop(): Promise<void>;
}

/** @param skip why there is no such server here, or false */
export function describeKinds(
  name: string,
  skip: string | false,
  start: () => Promise<Server>,
): void {
  describe(`the kinds on ${name}`, { skip }, () => {
    let server: Server | undefined;
    const target = (): KubectlTarget => {
      assert.ok(server !== undefined);
      return server;
    };
    before(async () => {
      server = await start();
      await establish(server);
    });
    after(async () => await server?.stop());

    it('come with plain kubectl apply, and a second time nothing changes', async () => {
      const again = await run(target(), ['apply', '-f', CRDS]);
      assert.equal(again.match(/ unchanged$/gm)?.length, KINDS.length, again);
    });
    describeShape(target);
    describeRules(target);
    describeSamples(target);
  });
}

async function establish(target: KubectlTarget): Promise<void> {
  await run(target, ['apply', '-f', CRDS]);
  await run(target, ['wait', '--for=condition=Established', '--timeout=30s', '-f', CRDS]);
  // What explain reads is published a little later.
  const deadline = performance.now() + 30_000;
  for (const { plural } of KINDS) {
    while ((await kubectl(target, ['explain', plural])).code !== 0) {
      assert.ok(performance.now() < deadline, `${plural} cannot be explained`);
      await sleep(100);
    }
  }
}

function describeRules(target: () => KubectlTarget): void {
  describe('refuse', () => {
    let bad: Answers;
    let good: Answers;
    before(async () => {
      await run(target(), ['create', 'namespace', NAMESPACE]);
      await applyBefore(target(), NAMESPACE, CASES);
      bad = await applyBad(target(), NAMESPACE, CASES);
      good = await applyGood(target(), NAMESPACE, CASES);
    });

    for (const { name, kind, objectName, goodName, refused } of CASES) {
      it(`${kind}: ${name}`, () => {
        const complaints = answerTo(bad, kind, objectName);
        for (const { field, message } of refused) {
          assert.ok(
            complaints.some((text) => text.startsWith(field) && text.includes(message)),
            `${field} … ${message} is not among:\n${complaints.join('\n')}`,
          );
        }
        assert.deepEqual(answerTo(good, kind, goodName ?? objectName), [], 'the good one');
      });
    }

    it('something by every rule in CEL', () => {
      const told = new Map(
        KINDS.map(({ kind }) => [
          kind,
          CASES.filter((it) => it.kind === kind).flatMap((it) =>
            answerTo(bad, kind, it.objectName),
          ),
        ]),
      );
      for (const kind of KINDS) {
        for (const message of ruleMessages(customResourceDefinition(kind))) {
          assert.ok(
            told.get(kind.kind)?.some((text) => text.includes(message)),
            `no case is refused with ${kind.kind}'s rule: ${message}`,
          );
        }
      }
    });
  });
}

function ruleMessages(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(ruleMessages);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) =>
    keyword === 'x-kubernetes-validations'
      ? (value as { message: string }[]).map(({ message }) => message)
      : ruleMessages(value),
  );
}
