/** One member of the model: an agent, what it remembers on disk and in memory, and its mysqld. */
import type { MemberRecord } from '../../../src/adapters/member-file.ts';
import type { Promised } from '../../../src/core/choose.ts';
import {
  type ClusterState,
  EMPTY_CLUSTER,
  type Primaryship,
} from '../../../src/core/cluster-log.ts';
import type { MemberView } from '../../../src/core/member-step.ts';
import { Mysql, type Tx } from './mysql.ts';

export interface ForThisStart {
  readonly epoch: number;
  readonly generation: number;
}

/** A step of agent/src/member that takes several moves; anything may happen between two of them. */
export type Job =
  | { readonly kind: 'promise'; readonly epoch: number; stage: number }
  | {
      readonly kind: 'promote';
      readonly epoch: number;
      readonly primaryship: Primaryship;
      stage: number;
      barrier: Tx | null;
    }
  | {
      readonly kind: 'follow';
      readonly epoch: number;
      readonly primaryship: Primaryship;
      stage: number;
      trim: Trim | null;
    }
  | {
      readonly kind: 'become-whole';
      readonly epoch: number;
      readonly primaryship: Primaryship;
      stage: number;
      mark: Tx | null;
    }
  | {
      readonly kind: 'reseed';
      readonly epoch: number;
      readonly primaryship: Primaryship;
      stage: number;
    }
  | {
      readonly kind: 'hand-over';
      readonly epoch: number;
      readonly to: string;
      stage: number;
      readonly since: number;
    };

export type Trim = Extract<
  ReturnType<typeof import('../../../src/core/content.ts').planFollow>,
  { kind: 'trim' }
>;

export class Memory {
  prepared: (ForThisStart & { readonly barrier: Tx }) | null = null;
  serving: ForThisStart | null = null;
  following: ForThisStart | null = null;
  readable: ForThisStart | null = null;
  refused: number | null = null;
  reseed: string | null = null;
  handover: ForThisStart | null = null;
}

export class Node {
  readonly name: string;
  readonly voter: boolean;
  readonly mysql: Mysql;
  record: MemberRecord;
  memory = new Memory();
  job: Job | null = null;
  agentUp = true;
  agentFrozen = false;
  /** Members of one group reach each other. */
  group = 0;
  state: ClusterState = EMPTY_CLUSTER;
  applied = 0;
  caughtUp = false;
  phaseSince = 0;
  leaseUntil = 0;
  /** Changes with a power loss. */
  boot = 0;
  /** What this member acknowledged and a primary counted: nothing decides by it, the checks do. */
  readonly acknowledgedEver = new Set<Tx>();
  /** As raft leader: the answers of this epoch. */
  answers = new Map<
    string,
    { readonly promised: Promised; readonly at: number; readonly epoch: number }
  >();

  constructor(name: string, uuid: string, voter: boolean) {
    this.name = name;
    this.voter = voter;
    this.mysql = new Mysql(uuid);
    this.record = {
      formatVersion: 1,
      clusterId: 'model',
      member: name,
      incarnation: name,
      promise: 0,
      inService: null,
      lastPrimaryEpoch: null,
      amnesiaSinceEpoch: null,
      bootId: 'boot-0',
      stoppedAndSynced: false,
      clonedSince: false,
      configVersion: 0,
      hadData: true,
    };
  }

  get running(): boolean {
    return this.agentUp && !this.agentFrozen;
  }

  holdsNow(marked: ForThisStart | null): number | null {
    return marked !== null && this.mysql.up && marked.generation === this.mysql.generation
      ? marked.epoch
      : null;
  }

  update(change: Partial<MemberRecord>): void {
    this.record = { ...this.record, ...change };
  }

  /** As Member#view does it. */
  view(now: number): MemberView {
    const { memory, mysql, record, state } = this;
    return {
      self: this.name,
      state,
      caughtUp: this.caughtUp,
      promise: record.promise,
      server: mysql.up ? 'up' : 'down',
      hasData: mysql.hasData,
      mayInitialise: false,
      inService: record.inService,
      prepared: this.holdsNow(memory.prepared),
      serving: this.holdsNow(memory.serving),
      following: this.holdsNow(memory.following),
      readable: this.holdsNow(memory.readable) === state.epoch,
      amnesiaSinceEpoch: record.amnesiaSinceEpoch,
      refused: memory.refused,
      leaseValid: this.leaseUntil > now,
      reseed: memory.reseed,
      phaseForMs: (now - this.phaseSince) * 100,
    };
  }
}
