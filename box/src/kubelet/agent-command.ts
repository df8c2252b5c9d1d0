/** A program with all its arguments. */
export interface AgentCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** What an agent sees of our environment: not npm's hundred variables, nor options meant for this process. */
export function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_/i.test(name) && name !== 'NODE_OPTIONS' && name !== 'INIT_CWD',
  );
  // Threads of the crypto and file pools would each keep an arena of freed memory.
  return { ...Object.fromEntries(kept), MALLOC_ARENA_MAX: '2' };
}
