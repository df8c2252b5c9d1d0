import { WriteConflict } from '../store/store.ts';
import type { Api } from './context.ts';

const LIFETIME_MS = 60 * 60 * 1_000;
const SWEEP_MS = 60_000;

/** Events are told for an hour. @returns what stops it. */
export function expireEvents(api: Api, failed: (key: string, error: unknown) => void): () => void {
  const sweep = async () => {
    for (const [key, event] of api.store.list('/events/') ?? []) {
      const newest =
        event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
      if (api.now() - Date.parse(String(newest)) < LIFETIME_MS) continue;
      try {
        await api.store.write(key, null, event);
      } catch (error) {
        // Somebody wrote it just now: it is not old any more.
        if (!(error instanceof WriteConflict)) failed(key, error);
      }
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_MS);
  timer.unref();
  return () => clearInterval(timer);
}
