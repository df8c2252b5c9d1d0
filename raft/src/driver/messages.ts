/** Messages of peers, in and out: refusals of proposals travel back, and what is lost at once is known at once. */
import { StepRefusedError } from '../core/errors.ts';
import type { RawNode } from '../core/raw-node.ts';
import { type Message, NONE } from '../core/types.ts';
import type { Transport } from '../ports.ts';
import {
  admit,
  keyOf,
  type Refusal,
  refusalError,
  refusalMessage,
  refusalOf,
} from './admission.ts';
import { NotLeaderError } from './errors.ts';
import type { Proposals } from './proposals.ts';
import type { Reads } from './reads.ts';
import type { Replica } from './replica.ts';
import { SnapshotReceiver } from './snapshot-receiver.ts';
import type { SnapshotSender } from './snapshot-sender.ts';
import { stripped } from './witness.ts';

export interface MessagesPort {
  readonly node: RawNode;
  readonly transport: Transport;
  readonly replica: Replica;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly sender: SnapshotSender;
  readonly promotionMaxLag: number;
  readonly run: (change: () => void) => void;
  /** A vote or pre-vote of this node goes to another. */
  readonly onVoteGranted: () => void;
}

export class Messages {
  readonly #port: MessagesPort;
  readonly #receiver = new SnapshotReceiver();

  constructor(port: MessagesPort) {
    this.#port = port;
  }

  receive(received: Message): void {
    if (received.type === 'propose') this.#receiveProposal(received);
    else if (received.type === 'snapshot-part') this.#receivePart(received);
    else if (received.type === 'snapshot-part-response') this.#port.sender.acknowledged(received);
    else this.#step(received);
  }

  #receivePart(part: Message): void {
    const { node, transport } = this.#port;
    // A deposed leader's: it learns of that by its appends.
    if (part.term < node.core.term) return;
    const taken = this.#receiver.take(part, node.core.id, node.core.log.committed);
    if (taken === null) return;
    transport.send(taken.response);
    if (taken.complete !== null) this.#step(taken.complete);
  }

  #step(received: Message): void {
    try {
      this.#port.node.step(received);
    } catch (error) {
      // Late answers of a node that was removed are nothing to worry about.
      if (!(error instanceof StepRefusedError)) throw error;
    }
  }

  #receiveProposal(received: Message): void {
    const { node, transport } = this.#port;
    if (received.reject) {
      const { lead } = node.core;
      this.#refuseAll(received, refusalError(refusalOf(received), lead === NONE ? null : lead));
      return;
    }
    const refusal = this.admit(received);
    if (refusal !== null) {
      transport.send({ ...refusalMessage(received, refusal), from: node.core.id });
    }
  }

  #refuseAll({ entries }: Message, error: Error): void {
    for (const entry of entries) {
      const key = keyOf(entry);
      if (key !== null) this.#port.proposals.refused(key, error);
    }
  }

  /** Takes a proposal into the leader's log, or says why not. */
  admit(received: Message): Refusal | null {
    const { node, promotionMaxLag, replica } = this.#port;
    return admit(node, received, { promotionMaxLag, table: replica.members });
  }

  #forWitness(outgoing: Message): Message {
    const { members } = this.#port.replica;
    return members.witnesses.has(outgoing.to) ? stripped(outgoing) : outgoing;
  }

  send(outgoing: Message): void {
    const { node, transport, reads, run, onVoteGranted } = this.#port;
    const { type, reject, to } = outgoing;
    if ((type === 'pre-vote-response' || type === 'vote-response') && !reject) onVoteGranted();
    const out = this.#forWitness(outgoing);
    if ((type === 'snapshot' && this.#port.sender.take(out)) || transport.send(out)) return;
    // The message is lost at once: whoever waits for it hears of that now and not at a timeout.
    if (type === 'propose') this.#refuseAll(outgoing, new NotLeaderError(null));
    else if (type === 'read-index') reads.refuse(outgoing.readId, new NotLeaderError(null));
    else if (type === 'append') run(() => node.reportUnreachable(to));
    else if (type === 'snapshot') run(() => node.reportSnapshot(to, false));
  }
}
