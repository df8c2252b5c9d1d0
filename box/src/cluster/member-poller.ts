import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerClient } from '@radondb/agent/http/peer-client';
import type { PeerEndpoint } from '@radondb/agent/http/peer-request';
import type { MemberReport } from '@radondb/api';

const EVERY_MS = 500;
/** A stopped agent (SIGSTOP) takes the connection and never answers. */
const ANSWER_WITHIN_MS = 1_500;

/** What was last heard of each member. */
export interface MemberPoller {
  /** The report of a member that answered the last time it was asked; null for one that did not. */
  report(member: string): MemberReport | null;
  /** Looks now, without waiting for the next turn. */
  nudge(): void;
  /** Resolves when no request is under way any more. */
  readonly done: Promise<void>;
}

/** Asks every member for its report, again and again, until the signal. */
export function pollMembers(options: {
  readonly client: Pick<PeerClient, 'status'>;
  readonly peers: readonly PeerEndpoint[];
  readonly signal: AbortSignal;
  readonly onReport: () => void;
  readonly everyMs?: number;
}): MemberPoller {
  const { client, peers, signal, onReport } = options;
  const reports = new Map<string, MemberReport | null>();
  let wake = new AbortController();
  const follow = async (peer: PeerEndpoint): Promise<void> => {
    while (!signal.aborted) {
      const report = await client
        .status(peer, { signal, timeoutMs: ANSWER_WITHIN_MS })
        .catch(() => null);
      if (signal.aborted) return;
      reports.set(peer.name, report);
      onReport();
      const until = AbortSignal.any([signal, wake.signal]);
      await sleep(options.everyMs ?? EVERY_MS, undefined, { signal: until }).catch(() => {});
    }
  };
  return {
    report: (member) => reports.get(member) ?? null,
    nudge: () => {
      wake.abort();
      wake = new AbortController();
    },
    done: Promise.all(peers.map(follow)).then(() => {}),
  };
}
