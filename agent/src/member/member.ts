/** The member's loop: look, decide (core/member-step.ts), do one step, look again. A new epoch interrupts any step but a promise. */

import type {
  MemberState,
  PromiseAnswer,
  PromiseRequest,
  SwitchoverAnswer,
  SwitchoverRequest,
} from '@radondb/api';
import { formatGtidSet } from '@radondb/api';
import { currentPrimaryship, lastOpened } from '../core/cluster-log.ts';
import { type MemberStep, type MemberView, nextMemberStep } from '../core/member-step.ts';
import { holdsNow, type MemberContext, report, startServer } from './context.ts';
import { becomeWhole, followPrimary, openForReads } from './follow.ts';
import { answerPromise, makePromise } from './promise.ts';
import { fencePrimary, letClientsIn, prepareEpoch, proposeOpen } from './promote.ts';
import { reseed } from './reseed.ts';
import { answerSwitchover, handOver, planSwitchover } from './switchover.ts';
import { Bell, Turn } from './turn.ts';

const IDLE_MS = 250;
const RETRY_MS = { first: 50, most: 5_000 };

/** The request cannot be answered in the state that the cluster is in. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
  readonly code = 'REFUSED';
}

export class Member {
  readonly #context: MemberContext;
  readonly #turn = new Turn();
  readonly #bell = new Bell();
  readonly #onChange: () => void;
  #running: {
    readonly step: MemberStep;
    readonly epoch: number;
    readonly abort: AbortController;
  } | null = null;
  #state: MemberState = 'starting';
  #why = 'starts';
  #failures = 0;
  #stopped = false;

  /** `onChange` is called whenever what this member would report has changed. */
  constructor(context: MemberContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    context.server.onExit((exit) => this.#exited(exit));
    context.cluster.subscribe(() => this.#clusterChanged());
    context.lease.onChange(() => this.wake());
  }

  get state(): MemberState {
    return this.#state;
  }

  get why(): string {
    return this.#why;
  }

  wake(): void {
    this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const restMs = await this.#turn.take(() => this.#stepOnce(signal));
      if (restMs > 0) await this.#bell.wait(restMs, signal);
    }
  }

  /** I3. Waits until the promise is made, then reads afresh. @throws SupersededError */
  async promise(request: PromiseRequest, signal: AbortSignal): Promise<PromiseAnswer> {
    const { cluster, file } = this.#context;
    const { epoch } = request;
    await cluster.until((s) => cluster.caughtUp && s.epoch >= epoch, signal);
    const answer = await this.#turn.take(async () => {
      this.#mustBeRevoked(epoch);
      if (file.record.promise < epoch) await makePromise(this.#context, epoch);
      if (file.record.promise > epoch)
        throw new SupersededError(`promised epoch ${file.record.promise}`);
      this.#mustBeRevoked(epoch);
      return await answerPromise(this.#context, request);
    });
    this.wake();
    return answer;
  }

  /** @throws SwitchoverRefusedError */
  async switchover(request: SwitchoverRequest, signal: AbortSignal): Promise<SwitchoverAnswer> {
    const to = await planSwitchover(this.#context, request);
    const done = await this.#turn
      .take(async () => {
        this.#say('fenced', `hands over to ${to}`);
        return await handOver(this.#context, to);
      })
      .finally(() => this.wake());
    await this.#context.cluster.until((s) => s.phase === 'open' && s.epoch >= done.epoch, signal);
    return answerSwitchover(this.#context, done);
  }

  /** Writes a transaction now, for a voter that wants to be whole again (I8). */
  async mark(epoch: number): Promise<string> {
    const { server, config, memory } = this.#context;
    if (holdsNow(memory.serving, this.#context) !== epoch)
      throw new SupersededError(`not the open primary of epoch ${epoch}`);
    return formatGtidSet(await server.sql.barrier(epoch, config.times.barrierDeadlineMs));
  }

  /** The agent stops: a primary without doubt is stopped cleanly, any other is SIGKILLed (fact 1). Resolves when mysqld is down. */
  async stop(): Promise<void> {
    // From here on no step begins: mysqld would be started again before the process ends.
    this.#stopped = true;
    this.#running?.abort.abort(new Error('the agent stops'));
    const { server, file, memory, log } = this.#context;
    if (server.state === 'starting') await server.kill();
    await this.#turn.take(async () => {
      const mayBeInDoubt = file.record.inService !== null && !(await quietPrimary(this.#context));
      memory.serving = null;
      // One that was down already died in some other way: nothing says that its relay log is on the disk (I8).
      const wasUp = server.state === 'up' && !mayBeInDoubt;
      if (!wasUp) await server.kill();
      const how = wasUp ? await server.stop(20_000) : 'killed';
      if (how === 'clean') await file.update({ stoppedAndSynced: true });
      log.info({ how }, 'mysqld has stopped');
    });
  }

  #mustBeRevoked(epoch: number): void {
    const { state } = this.#context.cluster;
    if (state.epoch === epoch && state.phase === 'revoked') return;
    throw new SupersededError(
      `epoch ${epoch} is over: the log is at ${state.epoch} (${state.phase})`,
    );
  }

  async #stepOnce(signal: AbortSignal): Promise<number> {
    if (this.#stopped) return IDLE_MS;
    const step = nextMemberStep(this.#view());
    if (signal.aborted) return 0;
    if (step.do === 'rest') {
      this.#say(step.state, step.why);
      return IDLE_MS;
    }
    const { cluster, log } = this.#context;
    const abort = new AbortController();
    const stopWith = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', stopWith, { once: true });
    this.#running = { step, epoch: cluster.state.epoch, abort };
    try {
      const changed = await this.#perform(step, abort.signal);
      this.#failures = 0;
      return changed ? 0 : IDLE_MS;
    } catch (error) {
      if (abort.signal.aborted) return 0;
      this.#failures += 1;
      log.warn({ step: step.do, error: describe(error), attempt: this.#failures }, 'step failed');
      this.#stepFailed(step, error);
      return Math.min(RETRY_MS.first * 2 ** this.#failures, RETRY_MS.most);
    } finally {
      signal.removeEventListener('abort', stopWith);
      this.#running = null;
      this.#onChange();
    }
  }

  /** False: nothing has changed yet and the step is asked for again, but not at once. */
  async #perform(step: Exclude<MemberStep, { do: 'rest' }>, signal: AbortSignal): Promise<boolean> {
    const context = this.#context;
    if (step.do === 'become-whole' || step.do === 'open-for-reads')
      this.#say('catching-up', `follows ${step.primaryship.primary}, whose writes it still lacks`);
    if (step.do === 'become-whole') return await becomeWhole(context, step.primaryship, signal);
    if (step.do === 'open-for-reads') return await openForReads(context, step.primaryship);
    await this.#change(step, signal);
    return true;
  }

  async #change(
    step: Exclude<MemberStep, { do: 'rest' | 'become-whole' | 'open-for-reads' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const context = this.#context;
    const { server, file, memory } = context;
    switch (step.do) {
      case 'promise':
        this.#say(server.state === 'down' ? 'down' : 'fenced', `promises epoch ${step.epoch}`);
        return await makePromise(context, step.epoch);
      case 'fence':
        this.#say('fenced', step.why);
        return await fencePrimary(context);
      case 'kill':
        return await server.kill();
      case 'initialise':
        this.#say('starting', 'initialises an empty mysqld');
        await server.initialise(signal);
        memory.hasData = await server.hasData();
        return await file.update({ hadData: true });
      case 'start':
        this.#say('starting', 'mysqld starts');
        return await startServer(context, signal);
      case 'refuse':
        memory.refused = { epoch: step.epoch, why: step.why };
        return;
      case 'promote':
        this.#say('promoting', `prepares epoch ${step.primaryship.epoch}`);
        return await prepareEpoch(context, step.primaryship, signal);
      case 'propose-open':
        return await proposeOpen(context, signal);
      case 'let-clients-in':
        await letClientsIn(context, step.epoch);
        return;
      case 'follow':
        this.#say('catching-up', `turns to ${step.primaryship.primary}`);
        return await followPrimary(context, step.primaryship, signal);
      case 'reseed':
        this.#say('cloning', step.why);
        return await reseed(context, step, signal);
      default:
        return assertNever(step);
    }
  }

  #stepFailed(step: MemberStep, error: unknown): void {
    const { memory, cluster } = this.#context;
    if (step.do === 'promote') {
      memory.refused = { epoch: step.primaryship.epoch, why: describe(error) };
      memory.prepared = null;
      return;
    }
    if (step.do === 'promise') {
      // A voter that cannot promise (a full disk) is missing from every election: say so (I10). A promise settles it.
      report(this.#context, {
        type: 'Available',
        status: 'False',
        reason: 'CannotPromise',
        message: `${this.#context.config.member} cannot promise epoch ${step.epoch}: ${describe(error)}`,
      });
    }
    const code = (error as { code?: unknown }).code;
    if (code === 'MYSQLD_START' || step.do === 'start' || step.do === 'initialise') {
      memory.startFailure = describe(error);
      this.#say('failed', memory.startFailure);
      report(this.#context, {
        type: 'MysqldStarts',
        status: 'False',
        reason: 'MysqldDoesNotStart',
        message: memory.startFailure,
      });
    }
    if (step.do === 'reseed') this.#say('failed', `clone failed: ${describe(error)}`);
    if (cluster.state.epoch === 0) this.#why = describe(error);
  }

  #view(): MemberView {
    const { config, cluster, file, server, memory, lease } = this.#context;
    const record = file.record;
    return {
      self: config.member,
      state: cluster.state,
      caughtUp: cluster.caughtUp,
      promise: record.promise,
      server: server.state,
      hasData: memory.hasData,
      mayInitialise: config.bootstrap && !record.hadData && lastOpened(cluster.state) === null,
      inService: record.inService,
      prepared: holdsNow(memory.prepared, this.#context),
      serving: holdsNow(memory.serving, this.#context),
      following: holdsNow(memory.following, this.#context),
      readable: holdsNow(memory.readable, this.#context) === cluster.state.epoch,
      amnesiaSinceEpoch: record.amnesiaSinceEpoch,
      refused: memory.refused?.epoch ?? null,
      leaseValid: lease.valid,
      reseed: memory.reseed,
      phaseForMs: cluster.phaseForMs,
    };
  }

  /** A revoke must not wait for a clone, a drain or a barrier of an epoch that is over. */
  #clusterChanged(): void {
    const { cluster, server, file } = this.#context;
    const running = this.#running;
    if (
      running !== null &&
      cluster.state.epoch > running.epoch &&
      running.step.do !== 'promise' &&
      running.step.do !== 'start'
    ) {
      running.abort.abort(new SupersededError(`epoch ${cluster.state.epoch} has begun`));
      // Writable already, or waiting for its barrier: only the end of mysqld ends that wait (fact 1).
      if (running.step.do === 'promote' && file.record.inService !== null)
        void server.kill().catch(() => undefined);
    }
    this.wake();
    this.#onChange();
  }

  #exited(exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly generation: number;
  }): void {
    const { log, cluster, memory } = this.#context;
    const current = currentPrimaryship(cluster.state);
    memory.observation = null;
    log.info({ code: exit.code, signal: exit.signal, primary: current?.primary }, 'mysqld exited');
    this.wake();
    this.#onChange();
  }

  #say(state: MemberState, why: string): void {
    if (this.#state === state && this.#why === why) return;
    this.#state = state;
    this.#why = why;
    this.#context.log.debug({ state, why }, 'member state');
    this.#onChange();
  }
}

async function quietPrimary(context: MemberContext): Promise<boolean> {
  const { server } = context;
  if (server.state !== 'up') return false;
  try {
    await server.sql.shut(1_000);
    const until = context.clock.monotonicMs() + 1_000;
    while (!(await server.sql.isQuiet())) {
      if (context.clock.monotonicMs() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return await server.sql.denyWrites(1_000);
  } catch {
    return false;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function assertNever(value: never): never {
  throw new Error(`unknown step: ${JSON.stringify(value)}`);
}
