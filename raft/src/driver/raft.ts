/** One node of a replicated log: the core, driven by a clock, a log, a network and a state machine. */
import type { NodeId } from '../core/types.ts';
import type { CallOptions } from './call.ts';
import { Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { type FatalError, MembershipError } from './errors.ts';
import type { RaftEvent, RaftStatus } from './events.ts';
import type { MembershipChange } from './members.ts';
import type { ProposalOutcome } from './proposals.ts';
import type { ReadOutcome } from './reads.ts';

export type ReadConsistency = 'read-index' | 'lease' | 'stale';

export interface ReadOptions extends CallOptions {
  /** @default 'read-index' */
  readonly consistency?: ReadConsistency;
}

export type RaftOptions = EngineOptions;

const RETRY_CHANGE_MS = 50;

/**
 * A node. Every promise it gives settles: with the outcome, or with one of NotLeaderError, AmbiguousError,
 * OverloadedError, TimeoutError, MembershipError, ClosedError, FatalError.
 */
export class Raft implements AsyncDisposable {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Starts a node on its log and network, which it owns from now on: `close` closes them.
   * Rejects with ConfigError, or with what the log or transport reject with.
   */
  static async open(options: RaftOptions): Promise<Raft> {
    return new Raft(await Engine.start(options));
  }

  /**
   * Proposes bytes, on any node: a follower forwards to the leader. Resolves when the entry was applied by the state
   * machine of this node. The bytes must not be changed afterwards.
   */
  propose(data: Uint8Array, options: CallOptions = {}): Promise<ProposalOutcome> {
    return this.#engine.calls.propose(data, options);
  }

  /**
   * Resolves once the state machine of this node has applied at least what was committed when the call began
   * (`read-index`: one round to a quorum; `lease`: at once on a leader with a lease; `stale`: at once, no promise).
   */
  read(options: ReadOptions = {}): Promise<ReadOutcome> {
    return this.#engine.calls.read(options.consistency ?? 'read-index', options);
  }

  status(): RaftStatus {
    return this.#engine.status();
  }

  /** Calls the listener on every event, synchronously; returns a function that stops it. It must not throw. */
  watch(listener: (event: RaftEvent) => void): () => void {
    return this.#engine.bus.watch(listener);
  }

  /** Resolves (never rejects) when the node had to stop for good. */
  get failed(): Promise<FatalError> {
    return this.#engine.failed;
  }

  /** On the leader only. Resolves when `to` leads; rejects with NotLeaderError, MembershipError, TimeoutError. */
  transferLeadership(to: NodeId, options: CallOptions = {}): Promise<void> {
    return this.#engine.calls.transferLeadership(to, options);
  }

  /**
   * Changes the membership, on any node. Several changes go through a joint configuration that is left by itself.
   * A learner that is behind, or a change under way, is waited for within the timeout. Resolves when the change is
   * in force here.
   */
  async changeMembership(
    changes: readonly MembershipChange[],
    options: CallOptions = {},
  ): Promise<void> {
    const engine = this.#engine;
    const timeoutMs = options.timeoutMs ?? engine.config.defaultTimeoutMs;
    const deadline = engine.clock.now() + timeoutMs;
    for (;;) {
      try {
        const left = Math.max(1, deadline - engine.clock.now());
        await engine.calls.proposeChange(changes, { ...options, timeoutMs: left });
        return;
      } catch (error) {
        const wait = error instanceof MembershipError && error.reason !== 'invalid';
        if (!wait || engine.clock.now() + RETRY_CHANGE_MS >= deadline) throw error;
        await new Promise<void>((resolve) => engine.clock.after(RETRY_CHANGE_MS, resolve));
        options.signal?.throwIfAborted();
      }
    }
  }

  /**
   * Keeps this node from standing for election for `forMs` milliseconds at most, or until the function returned is
   * called: its data is too old to lead well, say. It votes as before, and a leader that transfers leadership here
   * overrides it. It must end: nodes that veto each other for ever would never have a leader. A later veto replaces it.
   */
  vetoCampaign(reason: string, options: { readonly forMs: number }): () => void {
    return this.#engine.calls.vetoCampaign(reason, options.forMs);
  }

  /** Asks for pre-votes now. Resolves when it was asked, not when it is answered. */
  campaign(): Promise<void> {
    return this.#engine.calls.campaign();
  }

  /** Stops: rejects what is pending (AmbiguousError), closes transport and log. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
