/**
 * Whether a history of concurrent operations could have come from one copy of an object: Wing and Gong's search with
 * Lowe's cache of what was tried. An operation without an outcome may have taken effect at any time after it began,
 * or never.
 */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** Null while the outcome is unknown. */
  readonly outcome: { readonly output: Output; readonly at: number } | null;
  readonly invokedAt: number;
}

/** A sequential object. States are compared by `key`. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state behind the operation; null when it could not have had this output (undefined: unknown). */
  readonly apply: (state: State, input: Input, output: Output | undefined) => State | null;
  readonly key: (state: State) => string;
  /** Operations of different parts do not touch each other and are checked apart. */
  readonly part?: (input: Input) => string;
}

export type Verdict = 'linearizable' | 'not-linearizable' | 'unknown';

interface Call<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly bit: bigint;
}

interface Place<Input, Output> {
  readonly call: Call<Input, Output>;
  readonly isReturn: boolean;
  previous: Place<Input, Output> | null;
  next: Place<Input, Output> | null;
  /** Of a call: where it returns. */
  end: Place<Input, Output> | null;
}

function unlink<I, O>(place: Place<I, O>): void {
  if (place.previous !== null) place.previous.next = place.next;
  if (place.next !== null) place.next.previous = place.previous;
}

function relink<I, O>(place: Place<I, O>): void {
  if (place.next !== null) place.next.previous = place;
  if (place.previous !== null) place.previous.next = place;
}

/** Calls and returns in order of time; at the same time calls come first, for then the two are concurrent. */
function timeline<I, O>(operations: readonly Operation<I, O>[]): Place<I, O> {
  const placed: { readonly at: number; readonly place: Place<I, O> }[] = [];
  for (const [i, operation] of operations.entries()) {
    const call = { operation, bit: 1n << BigInt(i) };
    const links = { previous: null, next: null };
    const { outcome, invokedAt } = operation;
    const end: Place<I, O> | null =
      outcome === null ? null : { call, isReturn: true, ...links, end: null };
    placed.push({ at: invokedAt, place: { call, isReturn: false, ...links, end } });
    if (outcome !== null && end !== null) placed.push({ at: outcome.at, place: end });
  }
  placed.sort((a, b) => a.at - b.at || Number(a.place.isReturn) - Number(b.place.isReturn));
  const first = placed[0]?.place.call;
  const head = { call: first, isReturn: false, previous: null, next: null, end: null };
  let last = head as Place<I, O>;
  for (const { place } of placed) {
    place.previous = last;
    last.next = place;
    last = place;
  }
  return head as Place<I, O>;
}

function checkPart<State, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<State, I, O>,
  budget: { steps: number },
): Verdict {
  const head = timeline(operations);
  const tried = new Set<string>();
  const done: { readonly place: Place<I, O>; readonly before: State }[] = [];
  let open = operations.filter(({ outcome }) => outcome !== null).length;
  let state = model.initial;
  let taken = 0n;
  let at = head.next;
  while (open > 0 && at !== null) {
    budget.steps -= 1;
    if (budget.steps < 0) return 'unknown';
    const { operation, bit } = at.call;
    if (!at.isReturn) {
      const next = model.apply(state, operation.input, operation.outcome?.output);
      const key = next === null ? '' : `${(taken | bit).toString(36)} ${model.key(next)}`;
      if (next === null || tried.has(key)) {
        at = at.next;
        continue;
      }
      tried.add(key);
      done.push({ place: at, before: state });
      state = next;
      taken |= bit;
      unlink(at);
      if (at.end !== null) {
        unlink(at.end);
        open -= 1;
      }
      at = head.next;
      continue;
    }
    // This one returned and nothing that was tried explains it: undo the last choice.
    const undone = done.pop();
    if (undone === undefined) return 'not-linearizable';
    const { place, before } = undone;
    state = before;
    taken &= ~place.call.bit;
    if (place.end !== null) {
      relink(place.end);
      open += 1;
    }
    relink(place);
    at = place.next;
  }
  return 'linearizable';
}

/** `maxSteps` bounds the search over all parts; beyond it the verdict is `unknown`. @default 1,000,000 */
export function checkLinearizability<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
  options: { readonly maxSteps?: number } = {},
): Verdict {
  const parts = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const part = model.part?.(operation.input) ?? '';
    const list = parts.get(part);
    if (list === undefined) parts.set(part, [operation]);
    else list.push(operation);
  }
  const budget = { steps: options.maxSteps ?? 1_000_000 };
  let verdict: Verdict = 'linearizable';
  for (const operations of parts.values()) {
    const found = checkPart(operations, model, budget);
    if (found === 'not-linearizable') return found;
    if (found === 'unknown') verdict = found;
  }
  return verdict;
}
