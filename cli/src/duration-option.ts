import { parseDurationMs } from '@radondb/api';
import { InvalidArgumentError } from 'commander';

/** `300s`, `5m`, `1m30s` → milliseconds, as an option's value. */
export function parseDurationOption(text: string): number {
  try {
    return parseDurationMs(text);
  } catch {
    throw new InvalidArgumentError('It must be a duration such as 300s or 5m.');
  }
}
