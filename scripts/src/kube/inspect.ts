import { runCommand } from '../command.ts';
import type { KubePart } from './parts.ts';

/** What a started program said about itself, or why it cannot be used (a phrase for a person). */
export type Inspection =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string };

// A cold cache on a slow disk needs seconds; a hung wrapper script must not hang the search.
const ANSWER_WITHIN_MS = 20_000;

/** Really starts the program and compares its version. Throws only when aborted. */
export async function inspectPart(
  part: KubePart,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Inspection> {
  try {
    const { code, stdout, stderr } = await runCommand(
      { file, args: part.versionArgs },
      { signal, timeoutMs: ANSWER_WITHIN_MS },
    );
    if (code !== 0) {
      return { ok: false, reason: `it ends with ${code ?? 'a signal'}: ${firstLine(stderr)}` };
    }
    const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
    if (version === undefined) {
      return { ok: false, reason: `it says no version: ${firstLine(stdout)}` };
    }
    if (isOlder(version, part.oldest)) {
      return { ok: false, reason: `it is ${version}, older than ${part.oldest}` };
    }
    return { ok: true, version };
  } catch (error) {
    signal?.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `it does not start: ${words}` };
  }
}

/** Whether `1.9.3` comes before `1.34`; a part that is absent counts as 0. */
export function isOlder(version: string, oldest: string): boolean {
  const [left, right] = [version, oldest].map((it) => it.split('.').map(Number));
  for (const [index, wanted] of (right ?? []).entries()) {
    const has = left?.[index] ?? 0;
    if (has !== wanted) return has < wanted;
  }
  return false;
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
