/** Puts the parts of a snapshot together. What arrived is kept when the sender goes away, and asked for no more. */
import { Buffer } from 'node:buffer';
import { type Message, message, type NodeId } from '../core/types.ts';
import { crc32c } from '../wire/crc32c.ts';

export interface ReceivedPart {
  readonly response: Message;
  /** The whole, once all of it is here. */
  readonly complete: Message | null;
}

export class SnapshotReceiver {
  #key = '';
  #parts: Uint8Array[] = [];
  #have = 0;

  /** Takes a part whose sender leads. `committed`: what is below needs no snapshot. */
  take(part: Message, self: NodeId, committed: number): ReceivedPart | null {
    const { snapshot, index: offset, logTerm: checksum, commit: total } = part;
    if (snapshot === null) return null;
    const key = `${snapshot.index}/${snapshot.term}/${checksum}/${total}`;
    if (key !== this.#key) this.#start(key);
    const inOrder = offset === this.#have && this.#have + snapshot.data.length <= total;
    if (inOrder) {
      this.#parts.push(snapshot.data);
      this.#have += snapshot.data.length;
    }
    let complete: Message | null = null;
    if (snapshot.index <= committed) {
      // The log came after all: the core answers to the position alone.
      complete = { ...part, type: 'snapshot', index: 0, logTerm: 0, commit: 0 };
      this.#start('');
      this.#have = total;
    } else if (this.#have === total) {
      const data = Buffer.concat(this.#parts);
      this.#start('');
      // Damaged: all of it is asked for again.
      if (crc32c(data) === checksum) {
        const whole = { ...snapshot, data };
        complete = { ...part, type: 'snapshot', index: 0, logTerm: 0, commit: 0, snapshot: whole };
        this.#have = total;
      }
    }
    const response = message({
      ...{ type: 'snapshot-part-response', from: self, to: part.from, term: part.term },
      ...{ index: this.#have, commit: snapshot.index, logTerm: checksum, reject: !inOrder },
    });
    if (complete !== null) this.#have = 0;
    return { response, complete };
  }

  #start(key: string): void {
    this.#key = key;
    this.#parts = [];
    this.#have = 0;
  }
}
