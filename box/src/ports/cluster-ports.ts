import { readdir } from 'node:fs/promises';
import { portsOf } from '../cluster/agent-config.ts';
import { type ClusterState, readClusterState } from '../cluster/cluster-state.ts';
import { type BoxLayout, clusterLayout } from '../data-folder/layout.ts';
import { MEMBER_PORTS } from './port-plan.ts';
import { type NamedPort, requireFreePorts } from './require-free.ts';

/** Every port of a cluster, with words for a person. */
export function namedPorts(cluster: string, state: ClusterState): readonly NamedPort[] {
  const members = state.members.flatMap((member) =>
    MEMBER_PORTS.map((kind) => ({
      port: portsOf(state, member)[kind],
      what: `${kind} of ${member}`,
    })),
  );
  return [
    { port: state.ports.primary, what: `primary endpoint of ${cluster}` },
    { port: state.ports.replicas, what: `replicas endpoint of ${cluster}` },
    ...members,
  ];
}

/** @throws PortInUseError naming all of a cluster's ports that somebody else has. */
export async function requireClusterPorts(cluster: string, state: ClusterState): Promise<void> {
  await requireFreePorts(namedPorts(cluster, state));
}

/** The ports that clusters of this data folder keep already, running or not. */
export async function pickedPorts(layout: BoxLayout): Promise<ReadonlySet<number>> {
  const ports = new Set<number>();
  for (const name of await readdir(layout.clusters)) {
    const state = await readClusterState(clusterLayout(layout, name).stateFile);
    if (state === null) continue;
    for (const { port } of namedPorts(name, state)) ports.add(port);
  }
  return ports;
}
