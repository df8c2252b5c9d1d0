/** How talking to a peer fails. */

/** No answer: it does not listen, the connection broke, TLS failed or the time was over. */
export class PeerUnreachableError extends Error {
  readonly code = 'PEER_UNREACHABLE';
  readonly peer: string;
  /** Its host answered that nobody listens there: the agent's process is gone. */
  readonly refused: boolean;
  /** The system's code, as in ECONNRESET; TIMEOUT when the time was over. */
  readonly reason: string;

  constructor(peer: string, reason: string, cause?: unknown) {
    super(`${peer} does not answer: ${reason}`, { cause });
    this.name = 'PeerUnreachableError';
    this.peer = peer;
    this.reason = reason;
    this.refused = reason === 'ECONNREFUSED';
  }
}

/** It answered, with something else than what was asked for. `code` and `details` are the peer's. */
export class PeerRefusedError extends Error {
  readonly peer: string;
  /** HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly details: readonly string[];

  constructor(
    peer: string,
    status: number,
    answer: {
      readonly code: string;
      readonly message: string;
      readonly details: readonly string[];
    },
  ) {
    super(`${peer} refused: ${answer.message}`);
    this.name = 'PeerRefusedError';
    this.peer = peer;
    this.status = status;
    this.code = answer.code;
    this.details = answer.details;
  }
}
