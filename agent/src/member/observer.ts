/** Looks at mysqld at an interval and draws conclusions that no step waits for: hung, no longer following, unsafe, bypassed. */
import { currentPrimaryship } from '../core/cluster-log.ts';
import { holdsNow, type MemberContext, report, settle } from './context.ts';

const INTERVAL_MS = 500;
const BYPASS_EVERY = 120;

export class Observer {
  readonly #context: MemberContext;
  readonly #onChange: () => void;
  #rounds = 0;
  #receiverOffRounds = 0;
  /** The start of mysqld after which old data were removed. */
  #cleanedGeneration: number | null = null;
  /** The epoch whose account and events are written, or being written. */
  #settledEpoch: number | null = null;

  constructor(context: MemberContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#context.server.state === 'up') await this.#round();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, INTERVAL_MS);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  async #round(): Promise<void> {
    const { server, memory, config } = this.#context;
    const { generation } = server;
    try {
      await server.sql.ping(config.times.hungAfterMs);
      const seen = await server.sql.observe(config.times.hungAfterMs);
      if (server.generation !== generation || server.state !== 'up') return;
      memory.observation = seen;
      this.#heard(true);
      this.#judge();
      this.#rounds += 1;
      if (this.#rounds % BYPASS_EVERY === 1) await this.#lookForBypass();
    } catch (error) {
      if (server.generation !== generation || server.state !== 'up') return;
      this.#context.log.warn({ error: String(error) }, 'mysqld does not answer');
      this.#heard(false);
    }
  }

  #heard(answers: boolean): void {
    const { memory } = this.#context;
    const changed = memory.hung === answers;
    memory.hung = !answers;
    if (changed) this.#onChange();
  }

  #judge(): void {
    const serving = holdsNow(this.#context.memory.serving, this.#context);
    if (serving !== null) {
      this.#judgePrimary(serving);
      this.#settleIn(serving);
    } else if (holdsNow(this.#context.memory.following, this.#context) !== null)
      this.#judgeReplica();
  }

  /**
   * What a new primary writes once: the application's account, the events. Beside the member's steps, as any client: it waits for
   * acknowledgements, and a fence or a promise must not wait for that.
   */
  #settleIn(epoch: number): void {
    if (this.#settledEpoch === epoch) return;
    this.#settledEpoch = epoch;
    const { server, credentials, log } = this.#context;
    const work = async (): Promise<void> => {
      await server.sql.ensureApplicationAccount(credentials.application);
      const events = await server.sql.enableEvents();
      if (events > 0) log.info({ epoch, events }, 'events enabled on the new primary');
    };
    work().catch((error: unknown) => {
      log.warn({ epoch, error: String(error) }, 'account and events are tried again');
      this.#settledEpoch = null;
    });
  }

  /** Fact 7: commits that nobody acknowledged, or semi-sync off, mean that I1 does not hold: this primary must not go on. */
  #judgePrimary(epoch: number): void {
    const { memory, cluster, server, log } = this.#context;
    const semiSync = memory.observation?.semiSync;
    if (semiSync === undefined) return;
    const unacknowledgedBefore = memory.prepared?.unacknowledgedBefore ?? 0;
    const safe =
      cluster.state.config.w === 0 ||
      (semiSync.sourceActive &&
        semiSync.sourceEnabled &&
        semiSync.unacknowledgedCommits <= unacknowledgedBefore);
    if (!safe) {
      log.error({ epoch, semiSync }, 'semi-sync is not in force on the primary: it is ended');
      report(this.#context, {
        type: 'ReplicationHealthy',
        status: 'False',
        reason: 'UnacknowledgedCommits',
        message: `commits of epoch ${epoch} were not acknowledged by ${cluster.state.config.w} voter(s): somebody changed rpl_semi_sync_*; the member was failed over. Look for writes of that moment on all members.`,
      });
      void server.kill().catch(() => undefined);
      return;
    }
    const unsafe = memory.observation?.unsafeSettings ?? [];
    if (unsafe.length === 0) {
      settle(this.#context, 'ConfigApplied');
      return;
    }
    report(this.#context, {
      type: 'ConfigApplied',
      status: 'False',
      reason: 'UnsafeSettings',
      message: `${unsafe.join(', ')} are not as durability demands: somebody changed them at run time; restart this member's mysqld`,
    });
  }

  #judgeReplica(): void {
    const { memory, cluster, config } = this.#context;
    const seen = memory.observation;
    const current = currentPrimaryship(cluster.state);
    if (seen === null || current === null) return;
    this.#receiverOffRounds =
      seen.receiver === 'OFF' || !seen.applierRunning ? this.#receiverOffRounds + 1 : 0;
    if (seen.applierError !== null || seen.receiverError !== null) {
      report(this.#context, {
        type: 'ReplicationHealthy',
        status: 'False',
        reason: seen.applierError !== null ? 'ApplierStopped' : 'ReceiverStopped',
        message: `${config.member}: ${seen.applierError ?? seen.receiverError ?? ''}; it is retried`,
      });
    } else settle(this.#context, 'ReplicationHealthy');
    this.#forgetPrevious();
    if (this.#receiverOffRounds < 2) return;
    this.#receiverOffRounds = 0;
    if (cannotCatchUp(seen.receiverError)) {
      memory.reseed = `the primary no longer has the binlogs that this member needs (${seen.receiverError})`;
    }
    memory.following = null;
    this.#onChange();
  }

  /** What a clone replaced is kept until the clone serves and is whole; then its disk space comes back. */
  #forgetPrevious(): void {
    const { server, memory, file, log } = this.#context;
    const serves =
      holdsNow(memory.readable, this.#context) !== null && file.record.amnesiaSinceEpoch === null;
    if (!serves || this.#cleanedGeneration === server.generation) return;
    this.#cleanedGeneration = server.generation;
    server.dropPrevious().catch((error: unknown) => {
      log.warn({ error: String(error) }, 'the data that a clone replaced could not be removed');
    });
  }

  /** Facts, 6: such an account would pass offline_mode and void the fence. */
  async #lookForBypass(): Promise<void> {
    const accounts = await this.#context.server.sql.accountsThatBypassFence();
    if (accounts.length === 0) {
      settle(this.#context, 'FenceHolds');
      return;
    }
    report(this.#context, {
      type: 'FenceHolds',
      status: 'False',
      reason: 'AccountsBypassFence',
      message: `${accounts.join(', ')} may connect to a fenced primary: revoke CONNECTION_ADMIN, SUPER, SYSTEM_VARIABLES_ADMIN, REPLICATION_SLAVE_ADMIN and BINLOG_ADMIN`,
    });
  }
}

/**
 * Of the many errors 1236 only this one calls for a clone: the binlogs are purged. A source that says it has fewer transactions of its own than
 * this member, or whose binlog cannot be read, may have lost them: then this copy is the good one, and must not be replaced by a clone.
 */
function cannotCatchUp(receiverError: string | null): boolean {
  return receiverError !== null && /purged required binary logs/i.test(receiverError);
}
