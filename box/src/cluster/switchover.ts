import type { PeerClient } from '@radondb/agent/http/peer-client';
import { PeerRefusedError, PeerUnreachableError } from '@radondb/agent/http/peer-errors';
import type { PeerEndpoint } from '@radondb/agent/http/peer-request';
import type { SwitchoverAnswer, SwitchoverRequest } from '@radondb/api';
import { BoxFailedError, NotFoundError } from '../errors.ts';

const MOST_ATTEMPTS = 6;

/**
 * Hands the order to the member that can carry it out: the first one asked may name another.
 *
 * @param preferred the raft leader as far as known: asked first
 * @throws NotFoundError for an unknown target; BoxFailedError in the agent's own words
 */
export async function orderSwitchover(
  client: Pick<PeerClient, 'switchover'>,
  peers: readonly PeerEndpoint[],
  order: SwitchoverRequest,
  preferred: string | null,
): Promise<SwitchoverAnswer> {
  if (order.to !== null && peers.every(({ name }) => name !== order.to)) {
    const names = peers.map(({ name }) => name).join(', ');
    throw new NotFoundError(`There is no member ${order.to}: it must be one of ${names}`);
  }
  const queue = [...peers].sort((a, b) => rank(a, preferred) - rank(b, preferred));
  let last: Error = new BoxFailedError('No member can be asked');
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const peer = queue.shift();
    if (peer === undefined) break;
    try {
      return await client.switchover(peer, order);
    } catch (error) {
      if (error instanceof PeerRefusedError && error.code === 'NOT_LEADER') {
        const leader = peers.find(({ name }) => error.details.some((it) => it.includes(name)));
        if (leader !== undefined) queue.unshift(leader);
        last = error;
      } else if (error instanceof PeerUnreachableError && error.refused) {
        last = error;
      } else {
        throw refusal(error);
      }
    }
  }
  throw refusal(last);
}

function rank(peer: PeerEndpoint, preferred: string | null): number {
  return peer.name === preferred ? 0 : 1;
}

function refusal(error: unknown): unknown {
  if (error instanceof PeerRefusedError) {
    const details = error.details.length === 0 ? '' : ` (${error.details.join('; ')})`;
    return new BoxFailedError(`${error.message}${details}`, { cause: error });
  }
  if (error instanceof PeerUnreachableError) {
    return new BoxFailedError(error.message, { cause: error });
  }
  return error;
}
