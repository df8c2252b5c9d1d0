/** The simulated state machine: registers, and a hash of everything that was applied in its order. */
import { crc32c } from '../wire/crc32c.ts';
import { REGISTERS, registerOf } from './client-history.ts';

export class SimState {
  hash = 0;
  readonly #registers = new Uint32Array(REGISTERS);

  /** Returns the number of the write, or null for an entry that no client proposed. */
  apply(index: number, data: Uint8Array): number | null {
    this.hash = crc32c(data, this.hash ^ index);
    if (data.length === 0 || data[0] !== WRITE) return null;
    const write = Number(new TextDecoder().decode(data.subarray(1)));
    this.#registers[registerOf(write)] = write;
    return write;
  }

  get(register: number): number {
    return this.#registers[register] ?? 0;
  }

  encode(): Uint8Array {
    return new Uint8Array(Uint32Array.of(this.hash, ...this.#registers).buffer);
  }

  restore(bytes: Uint8Array): void {
    const words = new Uint32Array(REGISTERS + 1);
    new Uint8Array(words.buffer).set(bytes);
    this.hash = words[0] ?? 0;
    this.#registers.set(words.subarray(1));
  }
}

const WRITE = 'p'.charCodeAt(0);

export function encodeWrite(write: number): Uint8Array {
  return new TextEncoder().encode(`p${write}`);
}
