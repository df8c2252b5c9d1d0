/**
 * Sends a snapshot that is too long for one message in parts, a few of them under way at a time. A transfer that was
 * interrupted goes on where the receiver says it stands, as long as the log still reaches behind that snapshot.
 */
import type { RawNode } from '../core/raw-node.ts';
import { type Message, message, type NodeId, type Snapshot } from '../core/types.ts';
import { crc32c } from '../wire/crc32c.ts';

export interface SnapshotSenderPort {
  readonly partBytes: number;
  readonly now: () => number;
  /** False when it was lost at once. */
  readonly send: (part: Message) => boolean;
  readonly onProgress: (to: NodeId) => void;
}

interface Transfer {
  readonly origin: Message;
  readonly snapshot: Snapshot;
  readonly checksum: number;
  /** Bytes the receiver has. */
  acknowledged: number;
  /** Bytes sent. */
  sent: number;
  /** When something was heard or sent again. */
  at: number;
}

const PARTS_UNDER_WAY = 4;
const RESEND_MS = 500;

export class SnapshotSender {
  readonly #port: SnapshotSenderPort;
  readonly #transfers = new Map<NodeId, Transfer>();

  constructor(port: SnapshotSenderPort) {
    this.#port = port;
  }

  /** Takes a snapshot message of the core. False when it is short enough to go as it is. */
  take(origin: Message): boolean {
    const { snapshot, to } = origin;
    if (snapshot === null || snapshot.data.length <= this.#port.partBytes) return false;
    const before = this.#transfers.get(to);
    const same = before?.snapshot.index === snapshot.index && before.origin.term === origin.term;
    const checksum = crc32c(snapshot.data);
    const acknowledged = same && before.checksum === checksum ? before.acknowledged : 0;
    const at = this.#port.now();
    const transfer = { origin, snapshot, checksum, acknowledged, sent: acknowledged, at };
    this.#transfers.set(to, transfer);
    this.#fill(transfer);
    return true;
  }

  #fill(transfer: Transfer): void {
    const { partBytes, send } = this.#port;
    const { data } = transfer.snapshot;
    const end = Math.min(data.length, transfer.acknowledged + PARTS_UNDER_WAY * partBytes);
    while (transfer.sent < end) {
      if (!send(this.#part(transfer, transfer.sent))) return;
      transfer.sent = Math.min(data.length, transfer.sent + partBytes);
    }
  }

  #part({ origin, snapshot, checksum }: Transfer, offset: number): Message {
    const { from, to, term } = origin;
    const data = snapshot.data.subarray(offset, offset + this.#port.partBytes);
    return message({
      ...{ type: 'snapshot-part', from, to, term, index: offset },
      ...{ logTerm: checksum, commit: snapshot.data.length, snapshot: { ...snapshot, data } },
    });
  }

  acknowledged({ from, index, commit, logTerm, reject }: Message): void {
    const transfer = this.#transfers.get(from);
    if (transfer?.snapshot.index !== commit || transfer.checksum !== logTerm) return;
    transfer.at = this.#port.now();
    this.#port.onProgress(from);
    transfer.acknowledged = index;
    // A part was lost on the way: those behind it are of no use to the receiver.
    transfer.sent = reject ? index : Math.max(transfer.sent, index);
    if (index >= transfer.snapshot.data.length) this.#transfers.delete(from);
    else this.#fill(transfer);
  }

  /** To be called now and then: sends again what nobody answered to. */
  check(node: RawNode): void {
    const now = this.#port.now();
    for (const [to, transfer] of this.#transfers) {
      const state = node.core.tracker.progress.get(to)?.state;
      const deposed = node.core.role !== 'leader' || node.core.term !== transfer.origin.term;
      // Removed, or the log reached it after all: nobody asks for the rest, and it would be held for nothing.
      if (deposed || state === undefined || state === 'replicate') {
        this.#transfers.delete(to);
      } else if (now - transfer.at > RESEND_MS && sending(node, to)) {
        transfer.at = now;
        transfer.sent = transfer.acknowledged;
        this.#fill(transfer);
      }
    }
  }

  /** The snapshot of an interrupted transfer that can go on, for the core to send again. */
  resumable(node: RawNode): Snapshot | null {
    const { tracker, log } = node.core;
    for (const [to, { snapshot }] of this.#transfers) {
      const { voters, votersOutgoing, learners } = snapshot.confState;
      const members = new Set([...voters, ...votersOutgoing, ...learners]);
      const fits = [...tracker.progress.keys()].every((id) => members.has(id));
      if (fits && snapshot.index + 1 >= log.firstIndex() && !sending(node, to)) return snapshot;
    }
    return null;
  }
}

function sending(node: RawNode, to: NodeId): boolean {
  return node.core.tracker.progress.get(to)?.state === 'snapshot';
}
