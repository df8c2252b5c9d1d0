import { isRecord } from '../files/read-json.ts';

const LEVELS: Readonly<Record<number, string>> = Object.freeze({
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
});
/** Fields that say where a line comes from, which the reader knows. */
const ENVELOPE = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'member', 'cluster']);

/** One of pino's JSON lines, taken apart; null for anything else. */
export interface LogLine {
  readonly timeMs: number;
  readonly level: string;
  readonly message: string;
  /** `key=value`, in the order of the line. */
  readonly fields: string;
}

export function parseLogLine(line: string): LogLine | null {
  const value = parseObject(line);
  if (value === null) return null;
  const { time, level, msg } = value;
  const timeMs = typeof time === 'number' ? time : Date.parse(String(time));
  if (Number.isNaN(timeMs)) return null;
  return {
    timeMs,
    level: typeof level === 'number' ? (LEVELS[level] ?? String(level)) : String(level ?? 'info'),
    message: String(msg ?? ''),
    fields: Object.entries(value)
      .filter(([name]) => !ENVELOPE.has(name))
      .map(([name, field]) => `${name}=${show(field)}`)
      .join(' '),
  };
}

/** A line of an agent's log as a person reads it, without its time. */
export function plainLogLine(line: string): string {
  const parsed = parseLogLine(line);
  if (parsed === null) return line.trim();
  return [parsed.level, parsed.message, parsed.fields].filter((part) => part !== '').join(' ');
}

function show(field: unknown): string {
  if (isRecord(field) && typeof field['message'] === 'string') {
    return JSON.stringify(field['message']);
  }
  return typeof field === 'string' && /^[^\s"=]+$/.test(field) ? field : JSON.stringify(field);
}

function parseObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
