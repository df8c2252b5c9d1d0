/** Talks to the agents' HTTPS API, as an operator: the certificate of the cluster's own CA says so, on both sides. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import {
  type AccountsAnswer,
  type AccountsRequest,
  type MemberReport,
  parseAccountsAnswer,
  parseApiError,
  parseMemberReport,
  parseSwitchoverAnswer,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from '@radondb/api';
import type { ConfigureRequest } from '@radondb/api/agent-protocol/configure';
import { MEMBER_PORTS } from '@radondb/api/cluster-config';
import { contentDigest } from '../content-digest.ts';

/** PEM texts: whom to trust, and who we are to this cluster. */
export interface OperatorIdentity {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** A member and where it can be reached: its pod's address, which needs no DNS. */
export interface MemberTarget {
  /** Pod name: its certificate has to say `member/<name>`. */
  readonly member: string;
  /** `namespace/name` of its cluster. */
  readonly cluster: string;
  readonly host: string;
  readonly identity: OperatorIdentity;
}

export interface MemberCallOptions {
  readonly signal: AbortSignal;
  /** For connection, request and answer together. */
  readonly timeoutMs: number;
}

/** Methods reject with MemberError, ProtocolError (the answer is not what the protocol says) or the signal's reason. */
export interface MemberClient {
  status(target: MemberTarget, options: MemberCallOptions): Promise<MemberReport>;
  switchover(
    target: MemberTarget,
    order: SwitchoverRequest,
    options: MemberCallOptions,
  ): Promise<SwitchoverAnswer>;
  /** Accounts and schemas; the open primary only, others answer NOT_PRIMARY with its name in `details`. */
  accounts(
    target: MemberTarget,
    order: AccountsRequest,
    options: MemberCallOptions,
  ): Promise<AccountsAnswer>;
  /** Settings that need no restart. */
  configure(
    target: MemberTarget,
    request: ConfigureRequest,
    options: MemberCallOptions,
  ): Promise<void>;
  /** Drops every connection. */
  close(): void;
}

/** The member did not answer, or said no; the message says which, in its own words. */
export class MemberError extends Error {
  override readonly name = 'MemberError';
  /** The agent's code, as in REFUSED; UNREACHABLE when there was no answer. */
  readonly code: string;
  /** The agent's; of NOT_PRIMARY the primary's name, where it is known. */
  readonly details: readonly string[];

  constructor(message: string, code: string, cause?: unknown, details: readonly string[] = []) {
    super(message, { cause });
    this.code = code;
    this.details = details;
  }
}

/** Longest answer that is read. Bytes. */
const ANSWER_LIMIT = 16 * 1024 * 1024;
/** An idle connection costs memory on both sides, and there are thousands. */
const IDLE_MS = 30_000;

export function createMemberClient(): MemberClient {
  const agents = new Map<string, { readonly agent: Agent; readonly digest: string }>();
  const agentOf = (target: MemberTarget): Agent => {
    const key = `${target.cluster} ${target.member}`;
    const digest = contentDigest([target.host, target.identity]);
    const known = agents.get(key);
    if (known?.digest === digest) return known.agent;
    known?.agent.destroy();
    const agent = connectionsTo(target);
    agents.set(key, { agent, digest });
    return agent;
  };
  return {
    status: async (target, options) =>
      parseMemberReport(
        await call(agentOf(target), target, { method: 'GET', path: '/v1/status', ...options }),
      ),
    switchover: async (target, order, options) =>
      parseSwitchoverAnswer(
        await call(agentOf(target), target, {
          ...{ method: 'POST', path: '/v1/switchover', body: order },
          ...options,
        }),
      ),
    accounts: async (target, order, options) =>
      parseAccountsAnswer(
        await call(agentOf(target), target, {
          ...{ method: 'POST', path: '/v1/accounts', body: order },
          ...options,
        }),
      ),
    configure: async (target, request, options) => {
      await call(agentOf(target), target, {
        ...{ method: 'POST', path: '/v1/configure', body: request },
        ...options,
      });
    },
    close: () => {
      for (const { agent } of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** The member is known by its name, not by its address: another pod may have the address by now. */
function connectionsTo({ member, identity }: MemberTarget): Agent {
  return new Agent({
    ca: identity.ca,
    cert: identity.certificate,
    key: identity.key,
    minVersion: 'TLSv1.3',
    servername: member,
    checkServerIdentity: (_host, certificate) =>
      certificate.subject?.CN === `member/${member}`
        ? undefined
        : new Error(`the certificate is not that of member/${member}`),
    keepAlive: true,
    maxFreeSockets: 1,
    timeout: IDLE_MS,
    // A resumed session would skip the check of a certificate that has been replaced since.
    maxCachedSessions: 0,
  });
}

interface Call extends MemberCallOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

async function call(agent: Agent, target: MemberTarget, options: Call): Promise<unknown> {
  const { method, path, body, signal, timeoutMs } = options;
  signal.throwIfAborted();
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ agent, method, path, host: target.host, port: MEMBER_PORTS.api, signal: until },
          ...(payload === undefined
            ? {}
            : {
                headers: { 'content-type': 'application/json', 'content-length': payload.length },
              }),
        },
        (response) => {
          readAnswer(target, response).then(resolve, reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof MemberError) throw error;
    const why = until.aborted ? `no answer within ${timeoutMs} ms` : String(error);
    throw new MemberError(`${target.member} does not answer: ${why}`, 'UNREACHABLE', error);
  }
}

async function readAnswer({ member }: MemberTarget, response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new MemberError(`${member} answers without end`, 'BAD_ANSWER');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const status = response.statusCode ?? 0;
  const value = parseJson(text);
  if (status === 204 || (status >= 200 && status < 300 && value !== undefined)) return value;
  try {
    const { code, message, details } = parseApiError(value);
    const more = details.length === 0 ? '' : ` (${details.join('; ')})`;
    throw new MemberError(`${member}: ${message}${more}`, code, undefined, details);
  } catch (error) {
    if (error instanceof MemberError) throw error;
    throw new MemberError(`${member} answers with HTTP status ${status}`, 'BAD_ANSWER', error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
