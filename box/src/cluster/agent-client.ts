import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import {
  type MemberReport,
  parseApiError,
  parseMemberReport,
  parseRoute,
  parseSwitchoverAnswer,
  type Route,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import { BoxFailedError } from '../errors.ts';
import type { TlsFiles } from '../pki/pki.ts';

/** Longest answer that is read: a report with large GTID sets stays far below. */
const LONGEST_BYTES = 8 * 1024 * 1024;

/** What the box asks of a member's agent. */
export interface AgentClient {
  report(signal: AbortSignal): Promise<MemberReport>;
  /** The route as it changes; ends when the agent does. */
  routes(signal: AbortSignal): AsyncIterable<Route>;
  /** @throws BoxFailedError with the agent's own words when it refuses. */
  switchover(order: SwitchoverRequest, signal: AbortSignal): Promise<SwitchoverAnswer>;
  close(): void;
}

export interface AgentAddress {
  readonly member: string;
  readonly host: string;
  readonly port: number;
}

/** Speaks HTTPS to an agent with the operator's certificate, and accepts only that member's own. */
export async function createAgentClient(
  address: AgentAddress,
  tls: TlsFiles,
): Promise<AgentClient> {
  const [ca, cert, key] = await Promise.all([
    readFile(tls.caFile),
    readFile(tls.certFile),
    readFile(tls.keyFile),
  ]);
  // `servername` makes Node check that the certificate is this member's, not just one of ours.
  const agent = new Agent({ ca, cert, key, keepAlive: true, servername: address.member });
  const send = (method: string, path: string, options: SendOptions): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { body, signal } = options;
      const outgoing = request(
        { host: address.host, port: address.port, agent, method, path, signal },
        resolve,
      );
      outgoing.once('error', reject);
      if (body !== undefined) outgoing.setHeader('content-type', 'application/json');
      outgoing.end(body);
    });
  return {
    report: async (signal) =>
      parseMemberReport(await readAnswer(await send('GET', '/v1/status', { signal }))),
    routes: async function* (signal) {
      const answer = await send('GET', '/v1/route', { signal });
      if (answer.statusCode !== 200) await readAnswer(answer);
      for await (const line of createInterface({ input: answer })) {
        // Blank lines keep the connection awake.
        if (line.trim() !== '') yield parseRoute(JSON.parse(line));
      }
    },
    switchover: async (order, signal) => {
      const body = JSON.stringify(order);
      return parseSwitchoverAnswer(
        await readAnswer(await send('POST', '/v1/switchover', { signal, body })),
      );
    },
    close: () => agent.destroy(),
  };
}

interface SendOptions {
  readonly signal: AbortSignal;
  readonly body?: string;
}

/** The JSON of an answer. @throws BoxFailedError with what the agent said when it is an error. */
async function readAnswer(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > LONGEST_BYTES) throw new BoxFailedError('an agent answered more than is sensible');
    chunks.push(chunk);
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return value;
  const { message, details } = parseApiError(value);
  throw new BoxFailedError([message, ...details].join('; '));
}
