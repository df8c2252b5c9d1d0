import { randomInt } from 'node:crypto';
import { isFreePort, takeFreePort } from './free-port.ts';

export interface ClusterPorts {
  /** The endpoint that follows the primary, and the one that spreads over replicas. */
  readonly primary: number;
  readonly replicas: number;
  /** Each member's mysqld on 127.0.0.1, past the proxies: for a person who looks at one. */
  readonly members: Readonly<Record<string, number>>;
}

/** Endpoints are what people type: near MySQL's own number, and the same for everybody's first cluster. */
const FIRST_ENDPOINT = 13_306;
/**
 * Members' ports are for programs: anywhere below the range that the kernel hands out to outgoing
 * connections (32768 and up), at random so that two boxes made at the same moment do not collide.
 */
const MEMBERS_RANGE = [18_000, 31_000] as const;

/** Picks ports that are free now, none of `taken`. They are kept from then on. */
export async function pickClusterPorts(
  members: readonly string[],
  taken: ReadonlySet<number>,
): Promise<ClusterPorts> {
  const used = new Set(taken);
  const primary = await takePair(used);
  const ports: Record<string, number> = {};
  for (const member of members)
    ports[member] = await takeFreePort(randomInt(...MEMBERS_RANGE), used);
  return { primary, replicas: primary + 1, members: ports };
}

async function takePair(used: Set<number>): Promise<number> {
  let port = FIRST_ENDPOINT;
  for (;;) {
    port = await takeFreePort(port, used);
    if (!used.has(port + 1) && (await isFreePort(port + 1))) {
      used.add(port + 1);
      return port;
    }
    port += 1;
  }
}
