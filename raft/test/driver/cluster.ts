/** Real nodes in one process: file logs in a temporary directory, TCP over loopback. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  type MemberSpec,
  NotLeaderError,
  Raft,
  type RaftConfig,
  type StateMachine,
} from '@radondb/raft';
import { FileLog, TcpTransport, type TlsIdentity } from '@radondb/raft/node';

/** Remembers everything that was applied; answers with the number of entries. */
export class Journal implements StateMachine {
  entries: string[] = [];
  apply({ data }: { readonly data: Uint8Array }): number {
    this.entries.push(Buffer.from(data).toString());
    return this.entries.length;
  }
  snapshot(): Uint8Array {
    return Buffer.from(JSON.stringify(this.entries));
  }
  restore(data: Uint8Array): void {
    this.entries = JSON.parse(Buffer.from(data).toString()) as string[];
  }
}

export interface TestNode {
  readonly raft: Raft;
  readonly journal: Journal;
  readonly transport: TcpTransport;
}

export interface ClusterOptions {
  readonly size?: number;
  readonly config?: Partial<RaftConfig>;
  readonly tls?: (id: number) => TlsIdentity;
}

export class TestCluster {
  readonly clusterId = randomUUID();
  readonly nodes = new Map<number, TestNode>();
  readonly directory: string;
  readonly #options: ClusterOptions;
  readonly #ports = new Map<number, number>();
  members: readonly MemberSpec[] = [];

  private constructor(directory: string, options: ClusterOptions) {
    this.directory = directory;
    this.#options = options;
  }

  static async start(context: TestContext, options: ClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(await mkdtemp(path.join(tmpdir(), 'raft-')), options);
    context.after(async () => {
      await cluster.stopAll();
      await rm(cluster.directory, { recursive: true, force: true });
    });
    const ids = Array.from({ length: options.size ?? 3 }, (_, i) => i + 1);
    const transports = new Map<number, TcpTransport>();
    for (const id of ids) transports.set(id, await cluster.listen(id));
    cluster.members = ids.map((id) => ({ id, address: transports.get(id)!.address }));
    for (const id of ids) await cluster.open(id, { transport: transports.get(id)! });
    return cluster;
  }

  async listen(id: number): Promise<TcpTransport> {
    const transport = await TcpTransport.listen({
      host: '127.0.0.1',
      port: this.#ports.get(id) ?? 0,
      ...(this.#options.tls === undefined ? {} : { tls: this.#options.tls(id) }),
    });
    this.#ports.set(id, Number(transport.address.split(':')[1]));
    return transport;
  }

  logDirectory(id: number): string {
    return path.join(this.directory, String(id));
  }

  async open(
    id: number,
    given: { readonly transport?: TcpTransport; readonly join?: boolean } = {},
  ): Promise<TestNode> {
    const transport = given.transport ?? (await this.listen(id));
    const journal = new Journal();
    const directory = this.logDirectory(id);
    const raft = await Raft.open({
      id,
      clusterId: this.clusterId,
      log: await FileLog.open({ directory, clusterId: this.clusterId, nodeId: id }),
      transport,
      stateMachine: journal,
      ...(given.join === true ? {} : { bootstrap: { members: this.members } }),
      ...(this.#options.config === undefined ? {} : { config: this.#options.config }),
    });
    const node = { raft, journal, transport };
    this.nodes.set(id, node);
    return node;
  }

  node(id: number): TestNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`node ${id} is not running`);
    return node;
  }

  async stop(id: number): Promise<void> {
    const node = this.node(id);
    this.nodes.delete(id);
    await node.raft.close();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.nodes.keys()].map((id) => this.stop(id)));
  }

  /** Waits until one running node leads and every other one knows it. */
  async leader(): Promise<number> {
    let found = 0;
    await until('a leader that all know', () => {
      const statuses = [...this.nodes.values()].map(({ raft }) => raft.status());
      const leaders = new Set(statuses.map(({ leader }) => leader));
      const [only] = leaders;
      if (leaders.size !== 1 || only === null || only === undefined) return false;
      found = only;
      return this.nodes.has(only) && this.node(only).raft.status().role === 'leader';
    });
    return found;
  }

  async follower(): Promise<number> {
    const leader = await this.leader();
    return [...this.nodes.keys()].find((id) => id !== leader)!;
  }

  /** Proposes until it is known to have worked; for tests where an election may come between. */
  async write(id: number, text: string): Promise<number> {
    for (;;) {
      try {
        const outcome = await this.node(id).raft.propose(Buffer.from(text));
        return outcome.index;
      } catch (error) {
        if (!(error instanceof NotLeaderError)) throw error;
        await until('a leader', () => this.node(id).raft.status().leader !== null);
      }
    }
  }
}

/** Waits for a condition; the deadline is for a broken test, not a measurement. */
export async function until(
  what: string,
  condition: () => boolean,
  deadlineMs = 20_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
