/** Frames on a stream: `u32 length | u32 crc32c | u8 kind | payload`, where length counts kind and payload. */
import { Buffer } from 'node:buffer';
import { crc32c } from '../wire/crc32c.ts';

export const FRAME = { hello: 1, welcome: 2, refuse: 3, message: 4, ping: 5, pong: 6 } as const;
const HEADER = 8;

/** The peer does not speak this protocol, or the bytes were damaged: the connection must be closed. */
export class FrameError extends Error {
  readonly code = 'RAFT_FRAME';
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

export function encodeFrame(kind: number, payload: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(HEADER + 1 + payload.length);
  out.writeUInt32BE(payload.length + 1, 0);
  out.writeUInt8(kind, HEADER);
  out.set(payload, HEADER + 1);
  out.writeUInt32BE(crc32c(out.subarray(HEADER)), 4);
  return out;
}

/** Cuts a stream into frames. Throws FrameError for a frame that is too long or damaged. */
export class FrameParser {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #have = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    const frames: Frame[] = [];
    while (this.#have >= HEADER) {
      const head = this.#peek(HEADER);
      const length = head.readUInt32BE(0);
      // Checked before the bytes are awaited: a wrong length must not make us buffer for ever.
      if (length === 0 || length > this.#maxBytes) {
        throw new FrameError(`a frame of ${length} bytes is not allowed`);
      }
      if (this.#have < HEADER + length) break;
      const whole = this.#take(HEADER + length);
      const content = whole.subarray(HEADER);
      if (crc32c(content) !== whole.readUInt32BE(4)) throw new FrameError('a frame is damaged');
      frames.push({ kind: content.readUInt8(0), payload: content.subarray(1) });
    }
    return frames;
  }

  #peek(count: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #take(count: number): Buffer {
    const bytes = this.#peek(count);
    const rest = bytes.subarray(count);
    this.#chunks.shift();
    if (rest.length > 0) this.#chunks.unshift(rest);
    this.#have -= count;
    return bytes.subarray(0, count);
  }
}
