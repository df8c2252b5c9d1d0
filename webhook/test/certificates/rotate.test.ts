import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { bundleFingerprints, isSignedBy } from '../../src/certificates/pem.ts';
import {
  type CertificateStep,
  DEFAULT_CERTIFICATE_TIMES,
  decideCertificateStep,
  RotationUnsettledError,
  rotateCertificates,
  SECRET_KEYS,
} from '../../src/certificates.ts';
import { MemoryStore } from './memory-store.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-22T12:00:00Z');
const wishes = {
  names: ['webhook.radondb.svc', '127.0.0.1'],
  times: DEFAULT_CERTIFICATE_TIMES,
};

/** A cluster whose clock stands still until it is moved, and that checks I: what is served is trusted. */
class World {
  nowMs = START_MS;
  readonly store = new MemoryStore();
  readonly steps: CertificateStep['do'][] = [];
  /** The leaves that some process may still serve: the one in the Secret, and those before. */
  served: string[] = [];

  constructor() {
    this.store.afterWrite = () => this.check();
  }

  async rotate(): Promise<number> {
    return await rotateCertificates({
      store: this.store,
      wishes,
      now: () => this.nowMs,
      signal: AbortSignal.timeout(30_000),
      onStep: (step) => this.steps.push(step.do),
    });
  }

  /** Each process has read the Secret by now. */
  allHaveRead(): void {
    this.served = [this.read('certificate')];
  }

  read(key: keyof typeof SECRET_KEYS): string {
    return this.store.secret?.data[SECRET_KEYS[key]] ?? '';
  }

  check(): void {
    const leaf = this.read('certificate');
    if (leaf !== '' && !this.served.includes(leaf)) this.served.push(leaf);
    const bundles = [...this.store.bundles.values()];
    // Before a first start nothing calls the webhook; afterwards no bundle may lack a leaf's authority.
    if (bundles.includes('')) return;
    for (const bundle of bundles) {
      const authorities = (bundle.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? []).map(
        (pem) => new X509Certificate(pem),
      );
      for (const pem of this.served) {
        const trusted = authorities.some((it) => isSignedBy(new X509Certificate(pem), it));
        assert.ok(trusted, `a leaf that is served is not trusted after ${this.steps.join(', ')}`);
      }
    }
  }
}

async function aStartedWorld(): Promise<World> {
  const world = new World();
  await world.rotate();
  world.allHaveRead();
  world.steps.length = 0;
  return world;
}

describe('the first start', () => {
  it('makes an authority and a leaf, has every configuration trust it, and waits for the leaf to age', async () => {
    const world = new World();
    const untilMs = await world.rotate();
    assert.deepEqual(world.steps, ['start', 'trust']);
    assert.equal(Math.round((untilMs - START_MS) / DAY_MS), 60);
    const leaf = new X509Certificate(world.read('certificate'));
    assert.ok(isSignedBy(leaf, new X509Certificate(world.read('authority'))));
    assert.equal(leaf.checkHost('webhook.radondb.svc'), 'webhook.radondb.svc');
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(leaf.ca, false);
    for (const bundle of world.store.bundles.values()) {
      assert.equal(bundle, `${world.read('authority').trim()}\n`);
    }
  });

  it('done by two at once ends with one authority: the second finds a conflict and reads again', async () => {
    const world = new World();
    const other = new World();
    await other.rotate();
    const theirs = other.store.secret?.data ?? {};
    world.store.beforeWrite = () => {
      world.store.beforeWrite = () => undefined;
      world.store.put(theirs);
    };
    await world.rotate();
    assert.deepEqual(world.store.secret?.data, theirs);
    assert.deepEqual(world.steps, ['start', 'trust']);
  });
});

describe('a settled webhook', () => {
  it('is left alone', async () => {
    const world = await aStartedWorld();
    await world.rotate();
    assert.deepEqual(world.steps, []);
  });

  it('gets its bundle back wherever an apply took it away or changed it', async () => {
    const world = await aStartedWorld();
    const other = await aStartedWorld();
    const good = world.store.bundles.get('validating') ?? '';
    for (const wrong of ['', 'rubbish', other.read('authority'), good + other.read('authority')]) {
      world.store.bundles.set('validating', wrong);
      world.steps.length = 0;
      await world.rotate();
      assert.deepEqual(world.steps, ['trust']);
      assert.equal(world.store.bundles.get('validating'), good);
    }
  });

  it('gets a new leaf of the same authority at two thirds of the life of the old', async () => {
    const world = await aStartedWorld();
    const [leaf, authority] = [world.read('certificate'), world.read('authority')];
    world.nowMs += 59 * DAY_MS;
    await world.rotate();
    assert.equal(world.read('certificate'), leaf);
    world.nowMs += 2 * DAY_MS;
    await world.rotate();
    assert.deepEqual(world.steps, ['renew-leaf']);
    assert.notEqual(world.read('certificate'), leaf);
    assert.equal(world.read('authority'), authority);
  });

  it('gets a new leaf when it is to answer to another name', async () => {
    const world = await aStartedWorld();
    const step = decideCertificateStep(
      world.nowMs,
      { secret: world.store.secret?.data ?? null, bundles: [] },
      { ...wishes, names: [...wishes.names, 'other.svc'] },
    );
    assert.deepEqual(step, { do: 'renew-leaf', why: 'the leaf is not good for other.svc' });
  });

  it('outlives damage to its Secret: what can be kept is kept', async () => {
    const damages: readonly (readonly [keyof typeof SECRET_KEYS, string, string[]])[] = [
      ['certificate', 'rubbish', ['renew-leaf']],
      ['certificate', '', ['renew-leaf']],
      ['key', '', ['renew-leaf']],
      ['authority', '', ['start', 'trust']],
    ];
    for (const [key, value, steps] of damages) {
      const world = await aStartedWorld();
      world.store.put({ ...world.store.secret?.data, [SECRET_KEYS[key]]: value });
      if (key === 'authority') world.store.afterWrite = () => undefined;
      await world.rotate();
      assert.deepEqual(world.steps, steps, `${key} = ${value}`);
      await world.rotate();
      assert.deepEqual(world.steps, steps, 'settled');
    }
  });

  it('that lost only the key of its authority gets another without a gap', async () => {
    const world = await aStartedWorld();
    const old = world.read('authority');
    world.store.put({ ...world.store.secret?.data, [SECRET_KEYS.authorityKey]: 'rubbish' });
    world.nowMs = await world.rotate();
    assert.deepEqual(world.steps, ['make-next-authority', 'trust', 'note-next-trusted']);
    world.nowMs = await world.rotate();
    assert.equal(world.read('previousAuthority'), old);
    world.allHaveRead();
    await world.rotate();
    assert.deepEqual(world.steps.slice(3), ['switch-authority', 'drop-previous', 'trust']);
  });
});

describe('the rotation of the authority', () => {
  const ALL = [
    'make-next-authority',
    'trust',
    'note-next-trusted',
    'switch-authority',
    'drop-previous',
    'trust',
  ];

  /** A world at two thirds of its authority's life, with a young leaf. */
  async function anOldWorld(): Promise<World> {
    const world = await aStartedWorld();
    world.nowMs += (DEFAULT_CERTIFICATE_TIMES.authorityLifetimeMs * 2) / 3;
    // Its leaves have long been renewed.
    await world.rotate();
    world.allHaveRead();
    world.steps.length = 0;
    return world;
  }

  it('trusts the new one beside the old, waits, switches, waits, and drops the old', async () => {
    const world = await aStartedWorld();
    const old = world.read('authority');
    world.nowMs += (DEFAULT_CERTIFICATE_TIMES.authorityLifetimeMs * 2) / 3;
    const switchAtMs = await world.rotate();
    assert.deepEqual(world.steps, ['renew-leaf', ...ALL.slice(0, 3)]);
    assert.equal(switchAtMs, world.nowMs + DEFAULT_CERTIFICATE_TIMES.trustSettleMs);
    world.nowMs = switchAtMs - 1;
    assert.equal(await world.rotate(), switchAtMs);
    world.nowMs = switchAtMs;
    const dropAtMs = await world.rotate();
    assert.equal(dropAtMs, switchAtMs + DEFAULT_CERTIFICATE_TIMES.serveSettleMs);
    assert.notEqual(world.read('authority'), old);
    world.allHaveRead();
    world.nowMs = dropAtMs;
    await world.rotate();
    assert.deepEqual(world.steps, ['renew-leaf', ...ALL]);
    for (const bundle of world.store.bundles.values()) {
      assert.equal(bundleFingerprints(bundle)?.size, 1);
      assert.ok(!bundle.includes(old.trim()));
    }
    assert.deepEqual(Object.keys(world.store.secret?.data ?? {}).sort(), [
      'ca.crt',
      'ca.key',
      'tls.crt',
      'tls.key',
    ]);
  });

  it('cut off before or after any write goes on where it was, and never serves what is not trusted', async () => {
    for (let cutAt = 0; cutAt < 16; cutAt += 1) {
      const world = await anOldWorld();
      let writes = 0;
      const cut = (): void => {
        writes += 1;
        if (writes === cutAt + 1) throw new Error('killed');
      };
      const check = world.store.afterWrite;
      world.store.beforeWrite = cut;
      world.store.afterWrite = () => {
        check();
        cut();
      };
      for (let round = 0; round < 8; round += 1) {
        const untilMs = await world.rotate().catch(() => world.nowMs);
        // Whoever waits as long as it was told has seen the processes read the Secret.
        if (untilMs > world.nowMs + DEFAULT_CERTIFICATE_TIMES.trustSettleMs) world.allHaveRead();
        if (untilMs < world.nowMs + DAY_MS) world.nowMs = untilMs;
      }
      assert.equal(world.store.secret?.data[SECRET_KEYS.previousAuthority], undefined);
      assert.equal(world.steps.filter((step) => step === 'switch-authority').length >= 1, true);
      for (const bundle of world.store.bundles.values()) {
        assert.equal(bundleFingerprints(bundle)?.size, 1, `cut at ${cutAt}`);
      }
    }
  });

  it('begins its wait anew when a configuration lost the next authority meanwhile', async () => {
    const world = await anOldWorld();
    await world.rotate();
    world.store.bundles.set('mutating', world.read('authority'));
    world.nowMs += DEFAULT_CERTIFICATE_TIMES.trustSettleMs * 5;
    world.steps.length = 0;
    assert.equal(await world.rotate(), world.nowMs + DEFAULT_CERTIFICATE_TIMES.trustSettleMs);
    assert.deepEqual(world.steps, ['forget-next-trusted', 'trust', 'note-next-trusted']);
  });

  it('does not wait for years when a clock was wrong as a moment was noted', async () => {
    const world = await anOldWorld();
    await world.rotate();
    const since = new Date(world.nowMs + 1_000 * DAY_MS).toISOString();
    world.store.put({ ...world.store.secret?.data, [SECRET_KEYS.nextTrustedSince]: since });
    assert.equal(await world.rotate(), world.nowMs + DEFAULT_CERTIFICATE_TIMES.trustSettleMs);
  });

  it('makes the next authority again when the one it made is damaged', async () => {
    const world = await anOldWorld();
    await world.rotate();
    world.store.put({ ...world.store.secret?.data, [SECRET_KEYS.nextAuthorityKey]: 'rubbish' });
    world.steps.length = 0;
    await world.rotate();
    assert.deepEqual(world.steps, ['make-next-authority', 'trust', 'note-next-trusted']);
  });

  it('after a sleep of twenty years starts again', async () => {
    const world = await aStartedWorld();
    world.served = [];
    world.store.afterWrite = () => undefined;
    world.nowMs += 20 * 365 * DAY_MS;
    await world.rotate();
    assert.deepEqual(world.steps, ['start', 'trust']);
  });
});

describe('two that do not agree', () => {
  it('are reported instead of fought with for ever', async () => {
    const world = await aStartedWorld();
    world.store.bundles.set('validating', '');
    world.store.afterWrite = () => world.store.bundles.set('validating', 'rubbish');
    await assert.rejects(world.rotate(), RotationUnsettledError);
  });
});
