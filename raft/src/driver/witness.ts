/** What a witness is sent: the log's positions and membership changes, no payloads and no state. */
import type { Entry, Message } from '../core/types.ts';
import { withoutPayload } from './proposal.ts';
import { decodeSnapshotData, encodeSnapshotData } from './snapshot-data.ts';

export function stripped(outgoing: Message): Message {
  if (outgoing.type === 'append') {
    const entries = outgoing.entries.map(
      (entry): Entry =>
        entry.type === 'normal' ? { ...entry, data: withoutPayload(entry.data) } : entry,
    );
    return { ...outgoing, entries };
  }
  const { snapshot } = outgoing;
  if (outgoing.type !== 'snapshot' || snapshot === null) return outgoing;
  const { members } = decodeSnapshotData(snapshot.data);
  return {
    ...outgoing,
    snapshot: { ...snapshot, data: encodeSnapshotData({ members, state: null }) },
  };
}
