/** This machine as a node: where pods' files are, and what pods need to run here. */
import { join } from 'node:path';
import { statefulSetName } from '@radondb/api';
import type { KubeClient, KubeObject } from '@radondb/controller/runtime/index';
import type { Logger } from 'pino';
import { localName } from './cluster/cluster-folders.ts';
import { OPERATOR_IMAGE } from './control-plane/operator-image.ts';
import type { ApiAddress } from './control-plane/supervise.ts';
import { type BoxLayout, clusterLayout, memberLayout } from './data-folder/layout.ts';
import { agentEnvironment } from './kubelet/agent-command.ts';
import type { PodAddresses } from './pods/addresses.ts';
import { prepareImages } from './pods/images.ts';
import { type RunningNode, runNode } from './pods/run-node.ts';
import { serviceAccountFolder } from './pods/service-account.ts';
import type { Programs } from './programs.ts';
import type { Tools } from './tools.ts';

/** As many as a spec can ask for. */
const MOST_MEMBERS = 7;

export interface MachineOptions {
  readonly layout: BoxLayout;
  readonly client: KubeClient;
  readonly api: ApiAddress;
  readonly addresses: PodAddresses;
  readonly tools: Tools;
  readonly programs: Programs;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export async function startMachine(options: MachineOptions): Promise<RunningNode> {
  const { layout, client, addresses, tools, programs, log } = options;
  const { setpriv, mysqld } = tools;
  const imageRoot = await prepareImages({
    ...{ folder: join(layout.node, 'images'), mysqld, setpriv, operatorImage: OPERATOR_IMAGE },
    agentBundle: programs.agent,
    installBundle: programs.install,
  });
  return runNode({
    ...{ client, logger: log, addresses, imageRoot, setpriv },
    folders: {
      pod: ({ metadata }) =>
        join(layout.node, 'pods', metadata.namespace ?? '', metadata.name, metadata.uid),
      claim: (namespace, claim) =>
        memberFolder(layout, namespace, /^data-(.+-\d+)$/.exec(claim)?.[1]) ??
        join(layout.node, 'volumes', namespace, claim),
      log: ({ metadata }, container) => {
        const { namespace = 'default', name } = metadata;
        const folder = memberFolder(layout, namespace, name) ?? join(layout.node, 'logs', name);
        return join(folder, 'logs', container === 'mysql' ? 'agent.log' : `${container}.log`);
      },
      lastWords: ({ metadata }, container) => {
        const { namespace = 'default', name } = metadata;
        const folder = memberFolder(layout, namespace, name);
        return folder === null
          ? join(layout.node, 'logs', `${name}-${container}.fatal`)
          : join(folder, 'agent', 'fatal.json');
      },
    },
    extraEnv: async (pod) => await environmentOf(pod, options),
  });
}

/** Everything of a member in one place that a person finds: `clusters/demo/members/demo-0`. */
function memberFolder(
  layout: BoxLayout,
  namespace: string,
  member: string | undefined,
): string | null {
  const name = /^(.+)-\d+$/.exec(member ?? '')?.[1];
  if (name === undefined || member === undefined) return null;
  return memberLayout(clusterLayout(layout, localName({ namespace, name })), member).root;
}

/** Members find each other by address: there is no cluster DNS on this machine. */
async function environmentOf(
  pod: KubeObject,
  { layout, api, addresses, env }: MachineOptions,
): Promise<Readonly<Record<string, string>>> {
  const { namespace = 'default', name } = pod.metadata;
  const cluster = /^(.+)-\d+$/.exec(name)?.[1] ?? name;
  const peers = Array.from({ length: MOST_MEMBERS }, (_, i) => `${statefulSetName(cluster)}-${i}`);
  const known = Object.fromEntries(peers.map((it) => [it, addresses.of(`${namespace}/${it}`)]));
  await addresses.kept();
  const ip = addresses.of(`${namespace}/${name}`);
  const { hostname, port } = new URL(api.url);
  const inherited = Object.entries(agentEnvironment(env)).filter(
    ([key, value]) => value !== undefined && !key.startsWith('RADONDB_'),
  );
  const { RADONDB_LOG_LEVEL } = env;
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    ...(RADONDB_LOG_LEVEL === undefined ? {} : { RADONDB_LOG_LEVEL }),
    RADONDB_ADDRESSES: JSON.stringify(known),
    RADONDB_LISTEN_HOST: ip,
    RADONDB_LOOPBACK_HOST: ip,
    RADONDB_SERVICE_ACCOUNT_DIR: await serviceAccountFolder(pod, {
      apiFolder: layout.api,
      folder: join(layout.node, 'service-accounts'),
      caPem: api.caPem,
    }),
    RADONDB_INSTALL: 'link',
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
}
