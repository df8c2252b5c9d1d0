import { clusterFolders } from '../cluster/cluster-folders.ts';
import { type LocalState, readLocalState } from '../cluster/local-state.ts';
import type { BoxLayout } from '../data-folder/layout.ts';
import { type NamedPort, requireFreePorts } from './require-free.ts';

/** Every port of a cluster, with words for a person. */
export function namedPorts(cluster: string, { ports }: LocalState): readonly NamedPort[] {
  return [
    { port: ports.primary, what: `primary endpoint of ${cluster}` },
    { port: ports.replicas, what: `replicas endpoint of ${cluster}` },
    ...Object.entries(ports.members).map(([name, port]) => ({ port, what: `mysqld of ${name}` })),
  ];
}

/** @throws PortInUseError naming all kept ports that somebody else has. */
export async function requireKeptPorts(layout: BoxLayout): Promise<void> {
  const all: NamedPort[] = [];
  for (const { name, files } of await clusterFolders(layout)) {
    const state = await readLocalState(files.stateFile);
    if (state !== null) all.push(...namedPorts(name, state));
  }
  await requireFreePorts(all);
}

/** The ports that clusters of this data folder keep already, running or not. */
export async function pickedPorts(layout: BoxLayout): Promise<ReadonlySet<number>> {
  const ports = new Set<number>();
  for (const { name, files } of await clusterFolders(layout)) {
    const state = await readLocalState(files.stateFile);
    if (state === null) continue;
    for (const { port } of namedPorts(name, state)) ports.add(port);
  }
  return ports;
}
