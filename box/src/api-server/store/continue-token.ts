import { badRequest } from '../status-error.ts';

/** Where a list that was served in part goes on: after this key, as of this revision. */
export interface ContinueToken {
  readonly revision: number;
  readonly after: string;
}

export function encodeContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString(
    'base64url',
  );
}

/** @throws StatusError 400 */
export function decodeContinue(token: string): ContinueToken {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString()) as {
      rv?: unknown;
      start?: unknown;
    };
    if (typeof value.rv === 'number' && typeof value.start === 'string') {
      return { revision: value.rv, after: value.start };
    }
  } catch {
    // Said below.
  }
  throw badRequest('continue key is not valid');
}
