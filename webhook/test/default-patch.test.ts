import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldOf } from '../src/review/admission-review.ts';
import { type AddOperation, defaultPatch, type Pins } from '../src/review/default-patch.ts';
import { NO_SETTINGS, type ReviewSettings } from '../src/review/kinds/kind-rules.ts';
import { KINDS } from '../src/review/kinds/table.ts';
import { sameJson } from '../src/review/same-json.ts';
import { fc } from './fast-check.ts';

const IMAGES: ReviewSettings = {
  images: { '9.7': 'example/mysql:9.7.4', '8.4': 'example/mysql:8.4' },
};

/** RFC 6902's `add`, for maps: anything else that a patch might hold fails. */
function apply(object: unknown, operations: readonly AddOperation[]): unknown {
  const copy: unknown = structuredClone(object);
  for (const { op, path, value } of operations) {
    assert.equal(op, 'add');
    const segments = path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = segments.pop() ?? '';
    let parent = copy;
    for (const segment of segments) parent = fieldOf(parent, segment);
    assert.ok(typeof parent === 'object' && parent !== null && !Array.isArray(parent), path);
    assert.ok(!Object.hasOwn(parent, last), `${path} is there already`);
    Object.defineProperty(parent, last, {
      value: structuredClone(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

/** Everything in `before` is in `after`, lists unchanged. */
function assertKept(before: unknown, after: unknown): void {
  if (typeof before !== 'object' || before === null || Array.isArray(before)) {
    assert.ok(sameJson(before, after));
    return;
  }
  for (const key of Object.keys(before)) assertKept(fieldOf(before, key), fieldOf(after, key));
}

const json = fc.jsonValue({ maxDepth: 2 });
/** Objects that look like ours, with anything in the places that are completed. */
const nearly = fc.record(
  {
    apiVersion: fc.constant('radondb.com/v1'),
    metadata: fc.record({ name: fc.string(), labels: fc.dictionary(fc.string(), fc.string()) }),
    spec: fc.oneof(
      json,
      fc.record(
        {
          mysql: fc.oneof(
            json,
            fc.record(
              {
                version: fc.oneof(json, fc.constantFrom('9.7', '8.4', '__proto__')),
                image: json,
                config: json,
              },
              { requiredKeys: [] },
            ),
          ),
          hosts: fc.oneof(json, fc.array(fc.string())),
          replicas: json,
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

describe('the patch of /default, for every kind and any object', () => {
  for (const { kind, pins } of KINDS) {
    for (const settings of [NO_SETTINGS, IMAGES]) {
      it(`${kind}, ${Object.keys(settings.images).length} images: only adds, keeps everything, and twice is once`, () => {
        fc.assert(
          fc.property(fc.oneof(nearly, json), (object) => {
            const once = apply(object, defaultPatch(object, pins(object, settings)));
            assertKept(object, once);
            assert.deepEqual(defaultPatch(once, pins(once, settings)), []);
          }),
          { numRuns: 200 },
        );
      });
    }
  }

  it('any pins at all, names with slashes and tildes among them', () => {
    const leaf = fc.oneof(fc.string(), fc.boolean(), fc.array(fc.string()));
    const key = fc.constantFrom('spec', 'a', 'b', 'a/b', '~', '__proto__', 'constructor');
    const tree = fc.letrec<{ pins: Pins }>((tie) => ({
      pins: fc.dictionary(
        key,
        fc.oneof({ depthSize: 'small' }, leaf, tie('pins')),
      ) as fc.Arbitrary<Pins>,
    })).pins;
    const object = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: 'small' }, json, fc.dictionary(key, tie('node'))),
    })).node;
    fc.assert(
      fc.property(object, tree, (given, pins) => {
        const once = apply(given, defaultPatch(given, pins));
        assertKept(given, once);
        assert.deepEqual(defaultPatch(once, pins), []);
      }),
      { numRuns: 200 },
    );
  });
});
