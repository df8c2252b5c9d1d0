import { fileURLToPath } from 'node:url';

/** A program with all its arguments. */
export interface AgentCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** The agent's entry point in this workspace; it runs as it is, and bundled. */
export function agentSource(): string {
  return fileURLToPath(import.meta.resolve('@radondb/agent/main'));
}

/**
 * How a member's agent is started. Nothing secret stands here: the configuration names a file.
 *
 * With `setpriv` the kernel kills the agent when this process ends, however it ends; the agent does
 * the same for its mysqld. So a SIGKILLed box leaves nothing behind.
 */
export function agentCommand(options: {
  readonly entryPoint: string;
  readonly configFile: string;
  readonly setpriv: string | null;
}): AgentCommand {
  const node = [
    process.execPath,
    '--conditions=@radondb/source',
    // A young generation of 16 MiB, three times over, is most of what an agent would take.
    '--max-semi-space-size=2',
    '--optimize-for-size',
    // Never near it; but V8 collects more eagerly below a lower ceiling.
    '--max-old-space-size=128',
    options.entryPoint,
    '--config',
    options.configFile,
  ] as const;
  if (options.setpriv === null) {
    const [file, ...args] = node;
    return { file, args };
  }
  return { file: options.setpriv, args: ['--pdeathsig', 'KILL', ...node] };
}

/** What an agent sees of our environment: not npm's hundred variables, nor options meant for this process. */
export function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_/i.test(name) && name !== 'NODE_OPTIONS' && name !== 'INIT_CWD',
  );
  // Threads of the crypto and file pools would each keep an arena of freed memory.
  return { ...Object.fromEntries(kept), MALLOC_ARENA_MAX: '2' };
}
