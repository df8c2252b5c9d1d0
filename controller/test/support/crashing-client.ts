/** Kills a controller between any two of its writes, in tests: the calls of a dead process fail, and nothing is cleaned up. */
import type { KubeClient } from '../../src/runtime/ports.ts';

/** The process died here. */
export class Crash extends Error {
  override readonly name = 'Crash';

  constructor(where: string) {
    super(`crashed ${where}`);
  }
}

export interface CrashPoint {
  /** The N-th write, from 1. */
  readonly write: number;
  /** `after`: the server has carried it out, and the process never knew. */
  readonly when: 'before' | 'after';
}

export interface CrashingClient extends KubeClient {
  readonly hasCrashed: boolean;
}

/** Passes everything on until the crash; after it every call, also a read, throws Crash. */
export function crashAt(client: KubeClient, point: CrashPoint): CrashingClient {
  let writes = 0;
  let hasCrashed = false;
  const where = `${point.when} write ${point.write}`;
  const alive = (): void => {
    if (hasCrashed) throw new Crash(where);
  };
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    alive();
    writes += 1;
    if (writes !== point.write) return await call();
    if (point.when === 'before') {
      hasCrashed = true;
      throw new Crash(where);
    }
    await call();
    hasCrashed = true;
    throw new Crash(where);
  };
  return {
    get hasCrashed() {
      return hasCrashed;
    },
    async get(...args) {
      alive();
      return await client.get(...args);
    },
    async list(...args) {
      alive();
      return await client.list(...args);
    },
    watch(...args) {
      alive();
      return client.watch(...args);
    },
    create: (...args) => write(() => client.create(...args)),
    replace: (...args) => write(() => client.replace(...args)),
    apply: (...args) => write(() => client.apply(...args)),
    patch: (...args) => write(() => client.patch(...args)),
    delete: (...args) => write(() => client.delete(...args)),
  };
}

/**
 * Runs `scenario` with a crash before and after its first write, its second, … until one run has no crash left to make.
 * Each run starts afresh: the scenario makes its own world, runs the code with the given wrapper until it crashes or ends,
 * lets a second life run without crashes, and asserts. Returns the number of writes of a run without a crash.
 * @throws RangeError when it never ends, what the scenario throws, with the crash point in front
 */
export async function forEachCrashPoint(
  scenario: (wrap: (client: KubeClient) => CrashingClient, point: CrashPoint) => Promise<void>,
  limit = 200,
): Promise<number> {
  for (let write = 1; write <= limit; write += 1) {
    for (const when of ['before', 'after'] as const) {
      const point = { write, when };
      const wrapped: CrashingClient[] = [];
      const wrap = (client: KubeClient): CrashingClient => {
        const made = crashAt(client, point);
        wrapped.push(made);
        return made;
      };
      try {
        await scenario(wrap, point);
      } catch (error) {
        throw new Error(`with a crash ${when} write ${write}`, { cause: error });
      }
      if (wrapped.length === 0) throw new Error('the scenario never wrapped a client');
      if (!wrapped.some((each) => each.hasCrashed)) return write - 1;
    }
  }
  throw new RangeError(`more than ${limit} writes`);
}
