/**
 * What a member does next with its own mysqld, from the cluster log and what it knows about itself. Pure; one step at a
 * time, each idempotent; the shell (agent/src/member.ts) performs it and asks again.
 */
import type { MemberState } from '@radondb/api';
import { type ClusterState, currentPrimaryship, type Primaryship } from './cluster-log.ts';

export interface MemberView {
  readonly self: string;
  readonly state: ClusterState;
  /** False after a restart until the log has caught up with a leader's commit (X7, X8). */
  readonly caughtUp: boolean;
  /** Highest epoch promised, as on disk. */
  readonly promise: number;
  readonly server: 'down' | 'starting' | 'up';
  readonly hasData: boolean;
  /** An empty disk may be initialised rather than cloned: the cluster has never been open. */
  readonly mayInitialise: boolean;
  /**
   * The epoch for which this disk's mysqld was made writable and has not been handed over or put back to following since;
   * as on disk. Its mysqld stays down at boot (I9), and is SIGKILLed before anything else if it is up (X1).
   */
  readonly inService: number | null;
  /** Epoch prepared by the mysqld that runs now; null once that exited (I9: an exit ends the epoch). */
  readonly prepared: number | null;
  /** Epoch for which clients are let in now. */
  readonly serving: number | null;
  /** Epoch whose primary this member follows with the mysqld that runs now. */
  readonly following: number | null;
  /** Epoch that this member was elected for and cannot open. */
  readonly refused: number | null;
  readonly leaseValid: boolean;
  /** Clients may read here. */
  readonly readable: boolean;
  /** The highest epoch in which this disk can have acknowledged what it lacks now; null when it is whole (I8). */
  readonly amnesiaSinceEpoch: number | null;
  /** Void content was found, or replication can never catch up: only a clone helps. Says why. */
  readonly reseed: string | null;
  /** Milliseconds since the current phase was applied. */
  readonly phaseForMs: number;
}

export type MemberStep =
  | { readonly do: 'promise'; readonly epoch: number }
  | { readonly do: 'fence'; readonly why: string }
  | { readonly do: 'kill'; readonly why: string }
  | { readonly do: 'initialise' }
  | { readonly do: 'start' }
  | { readonly do: 'refuse'; readonly epoch: number; readonly why: string }
  | { readonly do: 'promote'; readonly primaryship: Primaryship }
  | { readonly do: 'propose-open'; readonly epoch: number }
  | { readonly do: 'let-clients-in'; readonly epoch: number }
  | { readonly do: 'follow'; readonly primaryship: Primaryship }
  | { readonly do: 'become-whole'; readonly primaryship: Primaryship }
  | { readonly do: 'open-for-reads'; readonly primaryship: Primaryship }
  | { readonly do: 'reseed'; readonly primaryship: Primaryship; readonly why: string }
  | { readonly do: 'rest'; readonly state: MemberState; readonly why: string };

/** A clone before `open` is for the case that `open` cannot gather W without it; give the others this long first. */
export const CLONE_BEFORE_OPEN_MS = 5_000;

export function nextMemberStep(view: MemberView): MemberStep {
  const { state } = view;
  if (state.epoch > view.promise && view.caughtUp) return { do: 'promise', epoch: state.epoch };
  if (view.serving !== null && !view.leaseValid) {
    return { do: 'fence', why: 'no raft leader has confirmed this epoch within the lease (I7)' };
  }
  if (!view.hasData) return withoutData(view);
  if (!view.caughtUp) return closedUntilCaughtUp(view);
  const current = currentPrimaryship(state);
  if (current === null) return betweenEpochs(view);
  if (view.promise > state.epoch)
    return rest('closed', `promised epoch ${view.promise}; waiting for the log to reach it`);
  return current.primary === view.self ? asPrimary(view, current) : asReplica(view, current);
}

function withoutData(view: MemberView): MemberStep {
  // Only when the log is known: a disk wiped later must not pass for one that never held anything (I8).
  if (view.mayInitialise) {
    if (view.caughtUp) return { do: 'initialise' };
    return rest('starting', 'waits for the other members, then initialises its mysqld');
  }
  const current = currentPrimaryship(view.state);
  if (!view.caughtUp || current === null)
    return rest('down', 'no data here; waiting for a primary to clone from');
  if (current.primary === view.self) {
    return view.refused === view.state.epoch
      ? rest('failed', 'elected without data')
      : { do: 'refuse', epoch: view.state.epoch, why: 'its data folder is gone' };
  }
  if (view.state.phase !== 'open')
    return rest('down', 'no data here; waiting for the primary to open, to clone from it');
  return { do: 'reseed', primaryship: current, why: 'no data on this disk' };
}

function closedUntilCaughtUp(view: MemberView): MemberStep {
  if (view.inService !== null) {
    if (view.server !== 'down')
      return { do: 'kill', why: 'primary of an earlier epoch, not handed over (I9, X1)' };
    return rest('down', 'was primary; mysqld stays down until a primary is elected (I9)');
  }
  if (view.server === 'down') return { do: 'start' };
  return rest('closed', 'waiting for the cluster log: no raft leader has been heard yet');
}

function betweenEpochs(view: MemberView): MemberStep {
  const why =
    view.state.phase === 'none'
      ? 'waiting for the first election'
      : `promised epoch ${view.promise}; a primary is being chosen`;
  if (view.inService !== null)
    return rest('down', `was primary of epoch ${view.inService}; ${why}`);
  if (view.server === 'down') return { do: 'start' };
  return rest('closed', why);
}

function asPrimary(view: MemberView, current: Primaryship): MemberStep {
  const { epoch } = current;
  if (view.refused === epoch)
    return rest('failed', `cannot open epoch ${epoch}; another election follows`);
  if (view.state.phase === 'elected') {
    if (view.prepared === epoch) return { do: 'propose-open', epoch };
    if (view.inService === epoch) {
      return { do: 'refuse', epoch, why: 'its mysqld or agent ended while it prepared (I9)' };
    }
    return { do: 'promote', primaryship: current };
  }
  if (view.prepared !== epoch)
    return rest('down', `its mysqld ended in epoch ${epoch}; another election follows (I9)`);
  if (view.serving === epoch) return rest('primary', `serves epoch ${epoch}`);
  if (view.leaseValid) return { do: 'let-clients-in', epoch };
  return rest(
    'fenced',
    'no raft leader has confirmed this epoch within the lease; reopens by itself when one does (I7)',
  );
}

function asReplica(view: MemberView, current: Primaryship): MemberStep {
  const { epoch } = current;
  if (view.inService !== null && view.server !== 'down') {
    return { do: 'kill', why: `was primary of epoch ${view.inService} and did not hand over (X1)` };
  }
  if (view.reseed !== null) {
    const mayClone = view.state.phase === 'open' || view.phaseForMs > CLONE_BEFORE_OPEN_MS;
    if (mayClone) return { do: 'reseed', primaryship: current, why: view.reseed };
    return rest('closed', `${view.reseed}; clones when the primary has opened`);
  }
  if (view.following !== epoch || view.server !== 'up') {
    return { do: 'follow', primaryship: current };
  }
  const lost = view.amnesiaSinceEpoch;
  // By base(e) of a later epoch also before `open`: it may never open, and then this disk counts (X4).
  if (lost !== null && (view.state.phase === 'open' || epoch > lost))
    return { do: 'become-whole', primaryship: current };
  if (view.state.phase !== 'open') {
    return rest('following', `follows ${current.primary}, which prepares epoch ${epoch}`);
  }
  if (!view.readable) return { do: 'open-for-reads', primaryship: current };
  return rest('following', `follows ${current.primary}`);
}

function rest(state: MemberState, why: string): MemberStep {
  return { do: 'rest', state, why };
}
