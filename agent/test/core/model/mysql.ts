/**
 * A model of one mysqld and its files, as far as the protocol rests on it (ha.md, "MySQL facts"): a binlog whose tail is only prepared until W
 * acknowledgements are there, engine commits, a relay log of which the end is not synced, a receiver, an applier.
 */
import { collectGtids, type GtidSet } from '@radondb/api';

export interface Tx {
  readonly id: number;
  readonly uuid: string;
  readonly number: number;
  /** The epoch in which it was written; for the checks only. */
  readonly epoch: number;
  /** A client waits for it; the others are barriers and marks. */
  readonly client: boolean;
}

export interface Receiver {
  readonly source: string;
  readonly acknowledge: boolean;
  /** Start of the source's mysqld that the connection belongs to; null while it is not connected. */
  generation: number | null;
  /** Position in the source's binlog. */
  cursor: number;
}

export class Mysql {
  uuid: string;
  hasData = true;
  /** Synced at every transaction. What is not in `committed` is only prepared. */
  binlog: Tx[] = [];
  committed = new Set<Tx>();
  relay: Tx[] = [];
  /** How much of `relay` a power loss leaves in any case. */
  synced = 0;

  up = false;
  /** SIGSTOP: keeps its sockets and says nothing. */
  frozen = false;
  generation = 0;
  readOnly = true;
  offline = true;
  /** Acknowledgements that a commit waits for; null: semi-sync's source side is off. */
  wait: number | null = null;
  receiver: Receiver | null = null;
  applying = false;
  /** How far into `binlog` each replica has acknowledged (a position covers all before it). */
  acknowledged = new Map<string, number>();

  constructor(uuid: string) {
    this.uuid = uuid;
  }

  /** Closed (I9). Recovery commits the whole binlog, acknowledged or not (fact 4). */
  start(): void {
    this.up = true;
    this.frozen = false;
    this.generation += 1;
    for (const tx of this.binlog) this.committed.add(tx);
    this.readOnly = true;
    this.offline = true;
    this.#forget();
  }

  kill(): void {
    this.up = false;
    this.frozen = false;
    this.#forget();
  }

  #forget(): void {
    this.wait = null;
    this.receiver = null;
    this.applying = false;
    this.acknowledged = new Map();
  }

  /** Of the unsynced end of the relay log only `kept` survive. */
  losePower(kept: number): void {
    this.kill();
    this.relay = this.relay.slice(0, Math.max(this.synced, kept));
    this.synced = this.relay.length;
  }

  holds(tx: Tx): boolean {
    return this.committed.has(tx) || this.relay.includes(tx) || this.binlog.includes(tx);
  }

  /** What the server itself says: nothing of its prepared tail (X1). */
  get executed(): GtidSet {
    return collectGtids(this.committed);
  }

  get retrieved(): GtidSet {
    return collectGtids(this.relay);
  }

  get scannedBinlog(): GtidSet {
    return collectGtids(this.binlog);
  }

  get unapplied(): readonly Tx[] {
    return this.relay.filter((tx) => !this.committed.has(tx));
  }

  /** The applier takes one transaction; false when there is none. */
  applyOne(): boolean {
    const tx = this.relay.find((t) => !this.committed.has(t));
    if (tx === undefined) return false;
    this.binlog.push(tx);
    this.committed.add(tx);
    return true;
  }

  resetReplica(): void {
    this.receiver = null;
    this.applying = false;
    this.relay = [];
    this.synced = 0;
  }

  nextNumber(): number {
    let highest = 0;
    for (const tx of [...this.binlog, ...this.committed])
      if (tx.uuid === this.uuid) highest = Math.max(highest, tx.number);
    return highest + 1;
  }

  /** What became committed because enough replicas have acknowledged. In order, as the commit queue is. */
  commitAcknowledged(): readonly Tx[] {
    const done: Tx[] = [];
    for (const [index, tx] of this.binlog.entries()) {
      if (this.committed.has(tx)) continue;
      let count = 0;
      for (const position of this.acknowledged.values()) if (position >= index) count += 1;
      if (count < (this.wait ?? 0)) break;
      this.committed.add(tx);
      done.push(tx);
    }
    return done;
  }

  get waiting(): boolean {
    return this.binlog.some((tx) => !this.committed.has(tx));
  }
}
