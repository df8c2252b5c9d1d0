/** A mysqld in memory behind the agent's ports: what it is told is in `journal`, in order; anything can be made to fail or to hang. */
import {
  collectGtids,
  EMPTY_GTIDS,
  type GtidSet,
  intersectGtids,
  isEmptyGtids,
  subtractGtids,
  unionGtids,
} from '@radondb/api';
import type {
  DiskContent,
  MysqldServer,
  MysqldSql,
  MysqlObservation,
  ReplicationSource,
} from '../../../src/ports.ts';

type Exit = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly generation: number;
};
type Verb = keyof MysqldSql | 'start' | 'clone' | 'scan' | 'saveEvidence' | 'initialise' | 'stop';

export class UnreachableError extends Error {
  readonly code = 'MYSQL_UNREACHABLE';
}

export class FakeServer implements MysqldServer {
  state: 'down' | 'starting' | 'up' = 'down';
  generation = 0;
  pid: number | null = null;
  readonly journal: string[] = [];

  uuid: string;
  hasDataNow = true;
  executed: GtidSet = EMPTY_GTIDS;
  retrieved: GtidSet = EMPTY_GTIDS;
  /** In the binlog and only prepared: seen by a scan, committed by the next start (fact 4). */
  tail: GtidSet = EMPTY_GTIDS;
  offline = true;
  readOnly = true;
  applying = false;
  receiver: { readonly source: string; readonly acknowledge: boolean } | null = null;
  wait: number | null = null;
  sourceActive = true;
  unacknowledged = 0;
  applierError: string | null = null;
  receiverError: string | null = null;
  /** Commits that still wait for acknowledgements. */
  waiting = 0;
  /** What a clone brings. */
  donor: GtidSet = EMPTY_GTIDS;

  readonly #listeners: ((exit: Exit) => void)[] = [];
  readonly #behaviour = new Map<Verb, 'fails' | 'hangs' | (() => unknown)>();
  #hanging: ((error: Error) => void)[] = [];
  #barriers = 0;

  constructor(uuid: string) {
    this.uuid = uuid;
  }

  /** `verb` fails, hangs until mysqld ends (or its signal aborts), or calls this first. */
  make(verb: Verb, behaviour: 'fails' | 'hangs' | 'works' | (() => unknown)): void {
    if (behaviour === 'works') this.#behaviour.delete(verb);
    else this.#behaviour.set(verb, behaviour);
  }

  said(verb: string): number {
    return this.journal.filter((line) => line === verb || line.startsWith(`${verb} `)).length;
  }

  onExit(listener: (exit: Exit) => void): void {
    this.#listeners.push(listener);
  }

  /** mysqld ends, by whatever cause. */
  exit(signal: string): void {
    if (this.state === 'down') return;
    this.state = 'down';
    this.pid = null;
    this.receiver = null;
    this.applying = false;
    this.waiting = 0;
    const ended = new UnreachableError('mysqld has ended');
    for (const reject of this.#hanging.splice(0)) reject(ended);
    for (const listener of this.#listeners)
      listener({ code: null, signal, generation: this.generation });
  }

  async hasData(): Promise<boolean> {
    return this.hasDataNow;
  }

  async initialise(signal: AbortSignal): Promise<void> {
    await this.#do('initialise', '', signal);
    this.hasDataNow = true;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.state !== 'down') throw new Error('is not down');
    await this.#do('start', '', signal);
    this.generation += 1;
    this.pid = 1_000 + this.generation;
    this.executed = unionGtids(this.executed, this.tail);
    this.tail = EMPTY_GTIDS;
    this.offline = true;
    this.readOnly = true;
    this.wait = null;
    this.state = 'up';
  }

  async kill(): Promise<void> {
    if (this.state === 'down') return;
    this.journal.push('kill');
    this.exit('SIGKILL');
  }

  async stop(): Promise<'clean' | 'killed'> {
    await this.#do('stop');
    this.exit('SIGTERM');
    return 'clean';
  }

  async scan(): Promise<DiskContent> {
    if (this.state !== 'down') throw new Error('scan of a mysqld that is not down');
    await this.#do('scan');
    return {
      binlog: unionGtids(this.executed, this.tail),
      relayLog: this.retrieved,
      purged: EMPTY_GTIDS,
      serverUuid: this.uuid,
    };
  }

  async clone(
    donor: ReplicationSource,
    options: { readonly signal: AbortSignal; readonly beforeSwap: () => Promise<void> },
  ): Promise<void> {
    await this.#do('clone', `${donor.port}`, options.signal);
    await options.beforeSwap();
    this.journal.push('swap');
    this.hasDataNow = true;
    this.executed = this.donor;
    this.tail = EMPTY_GTIDS;
    this.retrieved = EMPTY_GTIDS;
    this.uuid = `${this.uuid.slice(0, -1)}f`;
  }

  async dropPrevious(): Promise<void> {
    this.journal.push('dropPrevious');
  }

  async saveEvidence(evidence: { readonly content: GtidSet }): Promise<string> {
    await this.#do('saveEvidence', evidence.content.toString());
    return '/evidence/1';
  }

  async forgetServerUuid(): Promise<void> {
    this.journal.push('forgetServerUuid');
  }

  async startedSinceCrash(): Promise<boolean> {
    return false;
  }

  async #do(verb: Verb, detail = '', signal?: AbortSignal): Promise<void> {
    this.journal.push(detail === '' ? verb : `${verb} ${detail}`);
    signal?.throwIfAborted();
    const behaviour = this.#behaviour.get(verb);
    const { state } = this;
    await new Promise((resolve) => setImmediate(resolve));
    if (state === 'up' && this.state !== 'up') throw new UnreachableError('mysqld has ended');
    if (behaviour === 'fails') throw new UnreachableError(`${verb} fails`);
    if (behaviour === 'hangs') {
      signal?.throwIfAborted();
      await new Promise((_, reject) => {
        this.#hanging.push(reject);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    if (typeof behaviour === 'function') await behaviour();
    signal?.throwIfAborted();
  }

  async #sql(verb: keyof MysqldSql, detail = '', signal?: AbortSignal): Promise<void> {
    if (this.state !== 'up') throw new UnreachableError(`${verb}: mysqld is ${this.state}`);
    const { generation } = this;
    await this.#do(verb, detail, signal);
    if ((this.state as string) !== 'up' || generation !== this.generation)
      throw new UnreachableError(`${verb}: mysqld has ended`);
  }

  observation(): MysqlObservation {
    return {
      version: '9.7.4',
      serverUuid: this.uuid,
      executed: this.executed,
      retrieved: this.retrieved,
      purged: EMPTY_GTIDS,
      readOnly: this.readOnly,
      superReadOnly: this.readOnly,
      offline: this.offline,
      connections: 0,
      source: null,
      receiver: this.receiver === null || this.receiverError !== null ? 'OFF' : 'ON',
      receiverError: this.receiverError,
      applierRunning: this.applying,
      applierError: this.applierError,
      lagMs: 0,
      semiSync: {
        sourceEnabled: this.wait !== null,
        sourceActive: this.wait !== null && this.sourceActive,
        sourceClients: 2,
        waitForReplicaCount: this.wait ?? 0,
        timeoutMs: 4_294_967_295,
        waitNoReplica: true,
        waitPoint: 'AFTER_SYNC',
        waitSessions: this.waiting,
        unacknowledgedCommits: this.unacknowledged,
        replicaEnabled: this.receiver?.acknowledge ?? false,
        replicaActive: this.receiver?.acknowledge ?? false,
      },
      unsafeSettings: [],
    };
  }

  #apply(set: GtidSet): void {
    this.executed = unionGtids(this.executed, intersectGtids(this.retrieved, set));
  }

  readonly sql: MysqldSql = {
    observe: async () => {
      await this.#sql('observe');
      return this.observation();
    },
    ping: async () => await this.#sql('ping'),
    stopReceiver: async () => {
      await this.#sql('stopReceiver');
      this.receiver = null;
      return true;
    },
    content: async () => {
      await this.#sql('content');
      const { executed, retrieved, uuid } = this;
      return { executed, retrieved, purged: EMPTY_GTIDS, serverUuid: uuid };
    },
    follow: async (source, { acknowledge }) => {
      await this.#sql('follow', `${source.port} ${acknowledge ? 'acknowledging' : 'silent'}`);
      this.receiver = { source: `${source.host}:${source.port}`, acknowledge };
      this.applying = true;
    },
    startApplier: async () => {
      await this.#sql('startApplier');
      this.applying = true;
      if (this.applierError === null) this.#apply(this.retrieved);
    },
    applyUpTo: async (void_) => {
      await this.#sql('applyUpTo', void_.toString());
      this.#apply(subtractGtids(this.retrieved, void_));
      this.applying = false;
      return true;
    },
    waitExecuted: async (set, { signal }) => {
      await this.#sql('waitExecuted', '', signal);
      return isEmptyGtids(subtractGtids(set, this.executed));
    },
    resetReplica: async () => {
      await this.#sql('resetReplica');
      this.retrieved = EMPTY_GTIDS;
      this.receiver = null;
    },
    configureSource: async (w) => {
      await this.#sql('configureSource', String(w));
      this.wait = w;
    },
    retireSource: async () => {
      await this.#sql('retireSource');
      this.wait = null;
    },
    setWaitCount: async (w) => await this.#sql('setWaitCount', String(w)),
    allowWrites: async () => {
      await this.#sql('allowWrites');
      this.readOnly = false;
    },
    barrier: async (epoch) => {
      await this.#sql('barrier', String(epoch));
      this.#barriers += 1;
      const written = collectGtids([
        { uuid: this.uuid, number: 100 * this.generation + this.#barriers },
      ]);
      this.executed = unionGtids(this.executed, written);
      return written;
    },
    open: async () => {
      await this.#sql('open');
      this.offline = false;
    },
    letReadersIn: async () => {
      await this.#sql('letReadersIn');
      this.offline = false;
    },
    shut: async () => {
      await this.#sql('shut');
      this.offline = true;
    },
    denyWrites: async () => {
      await this.#sql('denyWrites');
      this.readOnly = true;
      return true;
    },
    isQuiet: async () => {
      await this.#sql('isQuiet');
      return this.waiting === 0;
    },
    longTransactions: async () => {
      await this.#sql('longTransactions');
      return [];
    },
    accountsThatBypassFence: async () => [],
    setGlobals: async () => await this.#sql('setGlobals'),
    ensureApplicationAccount: async () => await this.#sql('ensureApplicationAccount'),
    enableEvents: async () => 0,
    write: async () => {
      throw new Error('this server speaks no SQL');
    },
    close: async () => undefined,
  };
}
