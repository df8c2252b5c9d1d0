import type { History } from '../checker/history.ts';
import type { Action } from '../checker/operation.ts';
import type { Random } from '../checker/random.ts';
import { ClientLink } from './client-link.ts';
import type { Answer, ChaosDatabase, Session, SessionDeadlines, WorkloadShape } from './ports.ts';
import type { TallyKeeper } from './tally.ts';
import { nowMs, pause } from './wait.ts';

const RETRY_MS = 20;

export interface ClientOptions {
  readonly history: History;
  readonly database: ChaosDatabase;
  readonly tally: TallyKeeper;
  readonly random: Random;
  readonly process: number;
  readonly deadlines: SessionDeadlines;
  readonly shape: WorkloadShape;
  /** From the beginning of one operation to the next. */
  readonly everyMs: number;
  readonly keys: (process: number, index: number) => number;
  /** What this client does next, by its random number in [0, 1). */
  readonly choose: (draw: number) => Action['kind'];
}

/** What most clients do: mostly unique inserts, its own counter, money from account to account. */
export function writerChoice(draw: number): Action['kind'] {
  if (draw < 0.72) return 'insert';
  if (draw < 0.84) return 'increment';
  if (draw < 0.9) return 'read-counters';
  return draw < 0.98 ? 'transfer' : 'read-balances';
}

/** A client of the primary endpoint that does one thing at a time and writes down how it ended. */
export class Client {
  readonly #options: ClientOptions;
  readonly #link: ClientLink;
  #next = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#link = new ClientLink(options.database, options.deadlines, RETRY_MS);
  }

  get refused(): number {
    return this.#link.refused;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { everyMs, random } = this.#options;
    let dueAtMs = nowMs() + random.next() * everyMs;
    while (!signal.aborted) {
      await pause(Math.max(0, dueAtMs - nowMs()), signal);
      const session = await this.#link.ready(signal);
      if (session === null) break;
      await this.#step(session, signal);
      // Never more than one operation behind: an outage is not made up for by a burst.
      dueAtMs = Math.max(dueAtMs + everyMs, nowMs() - everyMs);
    }
    this.#link.drop();
  }

  async #step(session: Session, signal: AbortSignal): Promise<void> {
    const { history, process, tally } = this.#options;
    const action = this.#nextAction();
    const begun = history.begin(process, action);
    const { answer, op } = await perform(session, process, action);
    const server = session.server.uuid;
    if (answer.outcome === 'ok') {
      tally.count('ok');
      history.end(begun, { outcome: 'ok', server, gtid: answer.gtid, op });
      return;
    }
    tally.count(answer.outcome, answer.error);
    history.end(begun, { outcome: answer.outcome, error: answer.error, server });
    if (answer.broken) this.#link.drop();
    await pause(RETRY_MS, signal);
  }

  #nextAction(): Action {
    const { choose, keys, process, random, shape } = this.#options;
    const kind = choose(random.next());
    const key = keys(process, this.#next++);
    switch (kind) {
      case 'insert':
        return { kind, key };
      case 'increment':
        return { kind, counter: process };
      case 'read-counters':
        return { kind, values: null };
      case 'read-balances':
        return { kind, balances: null };
      case 'transfer': {
        const from = random.integer(0, shape.accounts - 1);
        const to = (from + random.integer(1, shape.accounts - 1)) % shape.accounts;
        return { kind, transfer: { key, from, to, amount: random.integer(1, 9) } };
      }
    }
  }
}

/** `op` is the action with what a read has seen. */
async function perform(
  session: Session,
  process: number,
  action: Action,
): Promise<{ answer: Answer<unknown>; op: Action }> {
  switch (action.kind) {
    case 'insert':
      return { answer: await session.insert({ key: action.key, process }), op: action };
    case 'increment':
      return { answer: await session.increment(action.counter), op: action };
    case 'transfer':
      return { answer: await session.transfer(action.transfer), op: action };
    case 'read-counters': {
      const answer = await session.readCounters();
      const values = answer.outcome === 'ok' ? answer.value : null;
      return { answer, op: { kind: 'read-counters', values } };
    }
    case 'read-balances': {
      const answer = await session.readBalances();
      const balances = answer.outcome === 'ok' ? answer.value : null;
      return { answer, op: { kind: 'read-balances', balances } };
    }
  }
}
