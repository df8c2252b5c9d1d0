/** The environment of the interaction files: nodes, their storage, and the messages between them. */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfChange,
  confChangeOf,
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  type Entry,
  isEmptyHardState,
  MemoryStorage,
  type Message,
  ProposalDroppedError,
  RawNode,
  type Snapshot,
  StepRefusedError,
  viewProgress,
} from '@radondb/raft/core';
import type { Argument, Directive } from './datadriven.ts';
import { MESSAGE_NAMES, OP_LETTERS, ROLE_NAMES } from './names.ts';
import { printEntry, printMessage, printProgress, printReady } from './printers.ts';
import type { Templates } from './templates.ts';

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE'];
const ELECTION_TICKS = 3;
const HEARTBEAT_TICKS = 1;

/** Gives out the newest state that the state machine ever had, as the suites' storage does. */
class HistoryStorage extends MemoryStorage {
  readonly history: Snapshot[] = [];
  override snapshot(): Snapshot | null {
    return this.history.at(-1) ?? super.snapshot();
  }
}

interface Member {
  readonly id: number;
  readonly node: RawNode;
  readonly storage: HistoryStorage;
  readonly async: boolean;
  readonly appendWork: Message[];
  readonly applyWork: Message[];
}

function errorText(error: unknown): string {
  if (error instanceof ProposalDroppedError) return 'raft proposal dropped';
  if (error instanceof StepRefusedError) {
    return error.code === 'RAFT_PEER_NOT_FOUND'
      ? 'raft: cannot step as peer not found'
      : 'raft: cannot step raft local message';
  }
  throw error;
}

const isLocal = ({ from, to }: Message): boolean =>
  from === to || [from, to].some((id) => id === APPEND_THREAD || id === APPLY_THREAD);

export class InteractionEnvironment {
  readonly #templates: Templates;
  readonly #members: Member[] = [];
  #messages: Message[] = [];
  #out = '';
  #level = 0;

  constructor(templates: Templates) {
    this.#templates = templates;
  }

  execute(directive: Directive): string {
    this.#out = '';
    let failure = '';
    try {
      this.#command(directive);
    } catch (error) {
      failure = errorText(error);
    }
    if (failure !== '') return this.#silent ? failure : this.#out + failure;
    return this.#out === '' ? 'ok' : this.#out;
  }

  get #silent(): boolean {
    return LEVELS[this.#level] === 'NONE';
  }

  #print(text: string): void {
    if (!this.#silent) this.#out += text;
  }

  #indent(run: () => void): void {
    const before = this.#out;
    this.#out = '';
    run();
    const lines = this.#out.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.#out = before + lines.map((line) => `  ${line}\n`).join('');
  }

  #command({ command, args, input }: Directive): void {
    const member = (): Member => this.#member(Number(args[0]?.key));
    const ids = args.filter(({ values }) => values.length === 0).map(({ key }) => Number(key));
    const option = (key: string): string | undefined =>
      args.find((argument) => argument.key === key)?.values[0];
    const commands: Record<string, () => void> = {
      _breakpoint: () => {},
      'add-nodes': () => {
        this.#addNodes(Number(args[0]?.key), args.slice(1));
      },
      campaign: () => {
        member().node.campaign();
      },
      compact: () => {
        member().storage.compact(Number(args[1]?.key));
        this.#raftLog(member());
      },
      'deliver-msgs': () => {
        this.#deliverCommand(args);
      },
      'process-ready': () => {
        this.#each(ids, 'handling Ready', (m) => this.#processReady(m));
      },
      'process-append-thread': () => {
        this.#each(ids, 'processing append thread', (m) => this.#processAppend(m));
      },
      'process-apply-thread': () => {
        this.#each(ids, 'processing apply thread', (m) => this.#processApply(m));
      },
      'log-level': () => {
        this.#setLevel(args[0]?.key ?? '');
      },
      'raft-log': () => {
        this.#raftLog(member());
      },
      'raft-state': () => {
        this.#raftState();
      },
      'set-randomized-election-timeout': () => {
        member().node.core.electionTimeout = Number(option('timeout'));
      },
      stabilize: () => {
        this.#stabilizeCommand(ids, option('log-level'));
      },
      status: () => {
        this.#status(member());
      },
      'tick-election': () => {
        for (let i = 0; i < ELECTION_TICKS; i++) member().node.tick();
      },
      'tick-heartbeat': () => {
        for (let i = 0; i < HEARTBEAT_TICKS; i++) member().node.tick();
      },
      'transfer-leadership': () => {
        this.#member(Number(option('from'))).node.transferLeader(Number(option('to')));
      },
      'forget-leader': () => {
        member().node.forgetLeader();
      },
      'send-snapshot': () => {
        this.#sendSnapshot(member(), Number(args[1]?.key));
      },
      propose: () => {
        member().node.propose(Buffer.from(args[1]?.key ?? ''));
      },
      'propose-conf-change': () => {
        this.#proposeConfChange(member(), input, option('v1') === 'true', option('transition'));
      },
      'report-unreachable': () => {
        member().node.reportUnreachable(Number(args[1]?.key));
      },
    };
    const run = commands[command];
    if (run === undefined) throw new Error(`unknown command ${command}`);
    run();
  }

  #member(id: number): Member {
    const member = this.#members[id - 1];
    if (member === undefined) throw new Error(`there is no node ${id}`);
    return member;
  }

  #each(ids: readonly number[], what: string, run: (member: Member) => void): void {
    for (const id of ids) {
      const member = this.#member(id);
      if (ids.length === 1) {
        run(member);
      } else {
        this.#print(`> ${id} ${what}\n`);
        this.#indent(() => run(member));
      }
    }
  }

  #addNodes(count: number, args: readonly Argument[]): void {
    const given = new Map(args.map(({ key, values }) => [key, values]));
    const flag = (key: string): boolean => given.get(key)?.[0] === 'true';
    const ids = (key: string): number[] => (given.get(key) ?? []).map(Number);
    const bootstrapped = ['voters', 'learners', 'index', 'content'].some((key) => given.has(key));
    const index = Number(given.get('index')?.[0] ?? 0);
    if (bootstrapped && index <= 1) {
      this.#print('index must be specified as > 1 due to bootstrap');
      return;
    }
    const snapshot: Snapshot = {
      index,
      term: bootstrapped ? 1 : 0,
      confState: { ...EMPTY_CONF_STATE, voters: ids('voters'), learners: ids('learners') },
      data: Buffer.from(given.get('content')?.[0] ?? ''),
    };
    const inflight = given.get('inflight')?.[0];
    const perReady = given.get('max-committed-size-per-ready')?.[0];
    for (let i = 0; i < count; i++) {
      const id = this.#members.length + 1;
      const storage = new HistoryStorage();
      if (bootstrapped) storage.applySnapshot(snapshot);
      storage.history.push(snapshot);
      const async = flag('async-storage-writes');
      const node = new RawNode({
        id,
        storage,
        random: () => 0,
        electionTicks: ELECTION_TICKS,
        heartbeatTicks: HEARTBEAT_TICKS,
        applied: index,
        asyncStorageWrites: async,
        preVote: flag('prevote'),
        checkQuorum: flag('checkquorum'),
        disableConfChangeValidation: flag('disable-conf-change-validation'),
        stepDownOnRemoval: flag('step-down-on-removal'),
        readOnly: given.get('read-only')?.[0] === 'lease-based' ? 'lease' : 'safe',
        ...(inflight === undefined ? {} : { maxInflight: Number(inflight) }),
        ...(perReady === undefined ? {} : { maxApplyingBytes: Number(perReady) }),
        trace: (event) => {
          const line = this.#templates.line(event);
          if (line !== null && LEVELS.indexOf(line.level) >= this.#level) {
            this.#print(`${line.level} ${line.text}\n`);
          }
        },
      });
      this.#members.push({ id, node, storage, async, appendWork: [], applyWork: [] });
    }
  }

  #setLevel(name: string): void {
    const level = LEVELS.indexOf(name.toUpperCase());
    if (level < 0) throw new Error(`unknown log level ${name}`);
    this.#level = level;
  }

  #processReady(member: Member): void {
    const { node } = member;
    const ready = node.ready();
    this.#print(printReady(ready));
    if (member.async) {
      for (const m of ready.messages) {
        if (m.to === APPEND_THREAD) member.appendWork.push(m);
        else if (m.to === APPLY_THREAD) member.applyWork.push(m);
        else this.#messages.push(m);
      }
      return;
    }
    const { hardState, snapshot, entries } = ready;
    if (hardState !== null) member.storage.setHardState(hardState);
    if (snapshot === null) member.storage.append(entries);
    else member.storage.applySnapshot(snapshot);
    this.#applyEntries(member, ready.committedEntries);
    this.#messages.push(...ready.messages);
    node.advance();
  }

  #applyEntries({ node, storage }: Member, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = confChangeOf(entry);
      const last = storage.history.at(-1);
      const confState =
        change === null ? (last?.confState ?? EMPTY_CONF_STATE) : node.applyConfChange(change);
      const update = change === null ? entry.data : change.context;
      const data = Buffer.concat([last?.data ?? EMPTY_BYTES, update]);
      storage.history.push({ index: entry.index, term: entry.term, confState, data });
    }
  }

  #processAppend(member: Member): void {
    const work = member.appendWork.shift();
    if (work === undefined) {
      this.#print('no append work to perform');
      return;
    }
    this.#showWork(work);
    const { storage } = member;
    const { term, vote, commit } = work;
    if (!isEmptyHardState({ term, vote, commit })) storage.setHardState({ term, vote, commit });
    if (work.snapshot === null) storage.append(work.entries);
    else storage.applySnapshot(work.snapshot);
    this.#messages.push(...work.responses);
  }

  #processApply(member: Member): void {
    const work = member.applyWork.shift();
    if (work === undefined) {
      this.#print('no apply work to perform');
      return;
    }
    this.#showWork(work);
    this.#applyEntries(member, work.entries);
    this.#messages.push(...work.responses);
  }

  #showWork(work: Message): void {
    this.#print(`Processing:\n${printMessage({ ...work, responses: [] })}\n`);
    this.#print('Responses:\n');
    for (const response of work.responses) this.#print(`${printMessage(response)}\n`);
  }

  /** Removes from the messages in flight those for a node. Local ones are never dropped. */
  #take(to: number, type: string | undefined, dropping: boolean): Message[] {
    const taken = (m: Message): boolean =>
      m.to === to &&
      (type === undefined || MESSAGE_NAMES[m.type] === type) &&
      !(dropping && isLocal(m));
    const found = this.#messages.filter(taken);
    this.#messages = this.#messages.filter((m) => !taken(m));
    return found;
  }

  #deliverCommand(args: readonly Argument[]): void {
    const type = args.find(({ key }) => key === 'type')?.values[0];
    const drop = args.find(({ key }) => key === 'drop')?.values ?? [];
    let count = 0;
    for (const { key } of args) {
      if (key !== 'type' && key !== 'drop') count += this.#deliver(Number(key), type, false);
    }
    for (const id of drop) count += this.#deliver(Number(id), type, true);
    if (count === 0) this.#print('no messages\n');
  }

  #deliver(to: number, type: string | undefined, dropping: boolean): number {
    const messages = this.#take(to, type, dropping);
    for (const m of messages) {
      this.#print(`${dropping ? 'dropped: ' : ''}${printMessage(m)}\n`);
      if (dropping) continue;
      try {
        this.#member(to).node.step(m);
      } catch (error) {
        this.#print(`${errorText(error)}\n`);
      }
    }
    return messages.length;
  }

  #stabilizeCommand(ids: readonly number[], level: string | undefined): void {
    const before = this.#level;
    if (level !== undefined) this.#setLevel(level);
    const members = ids.length === 0 ? this.#members : ids.map((id) => this.#member(id));
    while (this.#stabilizeRound(members));
    this.#level = before;
  }

  #stabilizeRound(members: readonly Member[]): boolean {
    let worked = false;
    const section = (member: Member, what: string, run: () => void): void => {
      worked = true;
      this.#print(`> ${member.id} ${what}\n`);
      run();
    };
    for (const member of members) {
      if (!member.node.hasReady()) continue;
      section(member, 'handling Ready', () => this.#indent(() => this.#processReady(member)));
    }
    for (const member of members) {
      if (!this.#messages.some(({ to }) => to === member.id)) continue;
      section(member, 'receiving messages', () =>
        this.#indent(() => this.#deliver(member.id, undefined, false)),
      );
    }
    for (const member of members) {
      if (member.appendWork.length === 0) continue;
      section(member, 'processing append thread', () => {
        while (member.appendWork.length > 0) this.#indent(() => this.#processAppend(member));
      });
    }
    for (const member of members) {
      if (member.applyWork.length === 0) continue;
      section(member, 'processing apply thread', () => {
        while (member.applyWork.length > 0) this.#indent(() => this.#processApply(member));
      });
    }
    return worked;
  }

  #raftLog({ storage }: Member): void {
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    if (last < first) {
      this.#print(`log is empty: first index=${first}, last index=${last}`);
      return;
    }
    const entries = storage.entries(first, last + 1, Number.POSITIVE_INFINITY) ?? [];
    for (const entry of entries) this.#print(`${printEntry(entry)}\n`);
  }

  #raftState(): void {
    for (const { id, node } of this.#members) {
      const { role, term, lead, tracker } = node.core;
      const voter = tracker.voterIds.includes(id) ? 'Voter' : 'Non-Voter';
      this.#print(`${id}: ${ROLE_NAMES[role]} (${voter}) Term:${term} Lead:${lead}\n`);
    }
  }

  #status({ node }: Member): void {
    if (node.core.role !== 'leader') return;
    for (const [id, progress] of node.core.tracker.progress) {
      this.#print(`${id}: ${printProgress(viewProgress(progress))}\n`);
    }
  }

  #sendSnapshot({ id, node, storage }: Member, to: number): void {
    const snapshot = storage.snapshot();
    if (snapshot === null) return;
    const { term } = node.core;
    const before = this.#messages.length;
    node.core.send({ type: 'snapshot', to, snapshot });
    const sent = node.core.messages.pop();
    if (sent === undefined || this.#messages.length !== before) throw new Error('nothing was sent');
    this.#messages.push({ ...sent, from: id, term });
    this.#print(printMessage(sent));
  }

  #proposeConfChange(
    { node }: Member,
    input: string,
    v1: boolean,
    transition: string | undefined,
  ): void {
    const change: ConfChange = {
      transition: transition === 'explicit' || transition === 'implicit' ? transition : 'auto',
      changes: parseChanges(input),
      context: EMPTY_BYTES,
    };
    node.proposeConfChange(change, v1 ? 1 : 2);
  }
}

export function parseChanges(input: string): ConfChange['changes'] {
  return input
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const op = OP_LETTERS[word.charAt(0)];
      if (op === undefined) throw new Error(`unknown change ${word}`);
      return { op, id: Number(word.slice(1)) };
    });
}
