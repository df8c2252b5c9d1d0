/** What a fake API server does wrong when it is told to. */
import type { ApiRequest } from './request.ts';

export type Fault =
  /** Answers with an error instead of doing anything. */
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    }
  /** Closes the connection without an answer. `after`: the request was carried out. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** Never answers. `after`: the request was carried out. */
  | { readonly kind: 'hang'; readonly when: 'before' | 'after' }
  /** Waits for the promise, then goes on. */
  | { readonly kind: 'delay'; readonly until: Promise<void> }
  /** Breaks off in the middle of the answer's body. */
  | { readonly kind: 'cut-answer' }
  /** 200 with a body that is JSON, and no list. */
  | { readonly kind: 'no-items' }
  /** 200 with a body that is no JSON. */
  | { readonly kind: 'garbage' }
  /** A watch that begins, and says nothing for ever. */
  | { readonly kind: 'mute-watch' }
  /** A watch that breaks off after so many events, in the middle of a line when `midLine`. */
  | { readonly kind: 'cut-watch'; readonly afterEvents: number; readonly midLine: boolean };

interface Rule {
  readonly matches: (request: ApiRequest) => boolean;
  readonly fault: Fault | ((request: ApiRequest) => Fault | null);
  left: number;
}

export class FaultPlan {
  #rules: Rule[] = [];

  /** For the next `times` requests that match. Earlier rules go first. Returns the function that takes it back. */
  add(
    matches: (request: ApiRequest) => boolean,
    fault: Fault | ((request: ApiRequest) => Fault | null),
    times = Number.POSITIVE_INFINITY,
  ): () => void {
    const rule: Rule = { matches, fault, left: times };
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((each) => each !== rule);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  next(request: ApiRequest): Fault | null {
    for (const rule of this.#rules) {
      if (rule.left <= 0 || !rule.matches(request)) continue;
      const fault = typeof rule.fault === 'function' ? rule.fault(request) : rule.fault;
      if (fault === null) continue;
      rule.left -= 1;
      return fault;
    }
    return null;
  }
}
