/** One watch: a connection that carries one JSON document a line. */
import type { IncomingMessage } from 'node:http';
import type { WatchEvent } from '../ports.ts';
import { parseStatus, parseWatchEvent } from './answers.ts';
import { ApiError, ApiUnreachableError, WatchSilentError } from './api-error.ts';
import { LineSplitter } from './line-splitter.ts';
import { nameOf, type Transport } from './transport.ts';

/** An object is at most 3 MiB (etcd's limit and some); a line beyond this is not from an API server. Bytes. */
const FRAME_LIMIT_BYTES = 16 * 1024 * 1024;
/** Of the body of a refusal. Bytes. */
const REFUSAL_LIMIT_BYTES = 64 * 1024;

export interface WatchRequest {
  readonly path: string;
  readonly silenceMs: number;
  /** For the head of the answer. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws ApiError, ApiUnreachableError, WatchSilentError, or the signal's reason. Returns when the server ends the watch. */
export async function* readWatch(
  transport: Transport,
  watch: WatchRequest,
): AsyncGenerator<WatchEvent, void, undefined> {
  const request = { method: 'GET', path: watch.path } as const;
  const { signal, timeoutMs } = watch;
  const response = await transport.open({
    ...request,
    signals: [signal],
    timeoutMs,
    idempotent: true,
  });
  const splitter = new LineSplitter(FRAME_LIMIT_BYTES);
  const silence = setTimeout(
    () => response.destroy(new WatchSilentError(watch.silenceMs)),
    watch.silenceMs,
  );
  const aborted = (): void => void response.destroy();
  signal.addEventListener('abort', aborted, { once: true });
  try {
    signal.throwIfAborted();
    if (response.statusCode !== 200) throw await refusal(response);
    for await (const chunk of response) {
      silence.refresh();
      for (const line of splitter.push(chunk)) yield parseWatchEvent(line);
    }
    signal.throwIfAborted();
    if (splitter.pendingBytes > 0) throw new ApiUnreachableError(nameOf(request), 'CUT_OFF');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof WatchSilentError) throw error;
    if (error instanceof ApiUnreachableError) throw error;
    const isOurs = error instanceof SyntaxError || error instanceof TypeError;
    const code = isOurs || error instanceof RangeError ? 'BAD_ANSWER' : 'CUT_OFF';
    throw new ApiUnreachableError(nameOf(request), code, error);
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', aborted);
    response.destroy();
  }
}

async function refusal(response: IncomingMessage): Promise<ApiError> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > REFUSAL_LIMIT_BYTES) break;
    chunks.push(chunk);
  }
  const status = response.statusCode ?? 0;
  try {
    return parseStatus(status, JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    return parseStatus(status, undefined);
  }
}
