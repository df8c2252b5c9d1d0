import { type Logger, pino } from 'pino';

/** The box's own log, in the form of the agents' so that both can be read together. */
export function createBoxLog(file: string, { sync = false } = {}): Logger {
  return pino(
    { name: 'box', base: {} },
    pino.destination({ dest: file, append: true, sync, mkdir: true, mode: 0o600 }),
  );
}
