import {
  type BoxLayout,
  clusterLayout,
  clusterNames,
  isDataFolder,
  LOOPBACK,
  type Login,
  NotFoundError,
  readCredentials,
  readLocalState,
} from '@radondb/box';

/** How the application account of a cluster logs in. @throws NotFoundError when there is no such cluster. */
export async function readLogin(
  layout: BoxLayout,
  name: string,
  endpoint: 'primary' | 'replicas',
): Promise<Login> {
  await requireCluster(layout, name);
  const files = clusterLayout(layout, name);
  const state = await readLocalState(files.stateFile);
  const credentials = await readCredentials(files.credentialsFile);
  if (state === null || credentials === null) {
    throw new NotFoundError(`The cluster ${name} has not been started yet: radondb up`);
  }
  return {
    ...credentials,
    host: LOOPBACK,
    port: state.ports[endpoint],
    caFile: files.caFile,
  };
}

/** @throws NotFoundError that names the clusters there are. */
export async function requireCluster(layout: BoxLayout, name: string): Promise<void> {
  const names = (await isDataFolder(layout.root)) ? await clusterNames(layout) : [];
  if (names.includes(name)) return;
  const there = names.length === 0 ? 'it holds none' : `it holds ${names.join(', ')}`;
  throw new NotFoundError(`There is no cluster ${name} in ${layout.root}: ${there}`);
}
