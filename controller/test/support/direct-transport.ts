/**
 * A transport without a network: a request is carried out in the turn in which it is sent. With it and a ManualClock a test
 * decides every moment. It can lose requests and answers.
 */
import { ApiUnreachableError } from '../../src/runtime/kube/api-error.ts';
import {
  nameOf,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '../../src/runtime/kube/transport.ts';
import { type ApiRequest, readRequest, WRITES } from './fake-api/request.ts';
import { Refusal } from './fake-api/state.ts';
import type { FakeApiServer } from './fake-api-server.ts';

/** `lost-answer`: carried out, and the sender never learns. */
export type Fate = 'through' | 'lost' | 'lost-answer';

export interface DirectOptions {
  /** What happens to a request; all get through when absent. */
  readonly fate?: (request: ApiRequest) => Fate;
  /** What the answer waits for, after the request was carried out. */
  readonly answersAfter?: (request: ApiRequest) => Promise<void>;
  /** Sees every write in the moment in which it is carried out. */
  readonly onWrite?: (request: ApiRequest) => void;
}

export function directTransport(server: FakeApiServer, options: DirectOptions = {}): Transport {
  return {
    async send(request: TransportRequest): Promise<TransportAnswer> {
      for (const signal of request.signals) signal.throwIfAborted();
      // As a connection that has to be made: what is true before may not be true after.
      await Promise.resolve();
      const wanted = readRequest(request.method, request.path, request.contentType ?? '');
      if (wanted === null) throw new Error(`no such path: ${request.path}`);
      const fate = options.fate?.(wanted) ?? 'through';
      if (fate === 'lost') throw new ApiUnreachableError(nameOf(request), 'ECONNREFUSED');
      request.beforeSend?.();
      if (WRITES.has(wanted.verb)) options.onWrite?.(wanted);
      const answer = carryOut(server, wanted, request.body ?? '');
      await options.answersAfter?.(wanted);
      if (fate === 'lost-answer') throw new ApiUnreachableError(nameOf(request), 'ECONNRESET');
      return answer;
    },
    open: () => Promise.reject(new Error('no watches without a network')),
    close() {},
  };
}

function carryOut(server: FakeApiServer, request: ApiRequest, body: string): TransportAnswer {
  try {
    return { status: 200, text: JSON.stringify(server.carryOut(request, body)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, reason, message } = error;
    return { status: code, text: JSON.stringify({ kind: 'Status', code, reason, message }) };
  }
}
