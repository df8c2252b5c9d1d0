import type { AgentState, AgentSupervisor } from './agent-supervisor.ts';

const STOP_REPLICA_WITHIN_MS = 15_000;
const STOP_PRIMARY_WITHIN_MS = 20_000;

/** The agents of one cluster. */
export class AgentGroup {
  readonly #supervisors: ReadonlyMap<string, AgentSupervisor>;

  constructor(supervisors: readonly AgentSupervisor[]) {
    this.#supervisors = new Map(supervisors.map((it) => [it.member, it]));
  }

  state(member: string): AgentState {
    return this.#supervisors.get(member)?.state ?? { phase: 'stopped' };
  }

  start(): void {
    for (const supervisor of this.#supervisors.values()) supervisor.start();
  }

  /** Replicas first, so that the primary is not moved to one that is about to go; then the primary. */
  async stop(primary: string | null): Promise<void> {
    const all = [...this.#supervisors.values()];
    const replicas = all.filter(({ member }) => member !== primary);
    await Promise.all(replicas.map((it) => it.stop(STOP_REPLICA_WITHIN_MS)));
    const rest = all.filter(({ member }) => member === primary);
    await Promise.all(rest.map((it) => it.stop(STOP_PRIMARY_WITHIN_MS)));
  }

  /** Ends everything now. With setpriv their mysqlds end too. */
  kill(): void {
    for (const supervisor of this.#supervisors.values()) supervisor.kill();
  }
}
