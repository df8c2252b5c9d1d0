/** The programs that the box starts, each as one plain JavaScript file: stripping hundreds of TypeScript files anew costs seconds. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { messageOf } from './errors.ts';
import { bundleAgent } from './kubelet/agent-bundle.ts';

export interface Programs {
  readonly agent: string;
  readonly install: string;
  readonly controlPlane: string;
}

/** @param agentEntryPoint another agent than the one of this workspace */
export async function preparePrograms(
  folder: string,
  log: Logger,
  agentEntryPoint?: string,
): Promise<Programs> {
  const of = async (name: string, source: string): Promise<string> =>
    await bundleAgent(source, join(folder, `${name}.mjs`)).catch((error: unknown) => {
      // The source does as well, only slower and larger.
      log.warn({ program: name, reason: messageOf(error) }, 'a program cannot be bundled');
      return source;
    });
  const [agent, install, controlPlane] = await Promise.all([
    of('agent', agentEntryPoint ?? fileURLToPath(import.meta.resolve('@radondb/agent/main'))),
    of('install', fileURLToPath(import.meta.resolve('@radondb/agent/install'))),
    of('control-plane', fileURLToPath(new URL('./control-plane/main.ts', import.meta.url))),
  ]);
  return { agent, install, controlPlane };
}
