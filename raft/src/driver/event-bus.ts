/** Who listens to a node's events. */
import type { RaftEvent } from './events.ts';

export class EventBus {
  readonly #listeners = new Set<(event: RaftEvent) => void>();

  watch(listener: (event: RaftEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: RaftEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
