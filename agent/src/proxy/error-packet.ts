/**
 * The packet that a MySQL server sends instead of its greeting. Layout of the manual's "ERR_Packet": three bytes of
 * length, sequence number 0, 0xff, the code in two bytes, the message. There is no SQL state in it, because before the
 * handshake the client has not said that it understands one.
 */

/** ER_SERVER_SHUTDOWN: drivers take it as a lost connection and try again. */
export const ER_SERVER_SHUTDOWN = 1053;
/** ER_CON_COUNT_ERROR: too many connections. */
export const ER_CON_COUNT_ERROR = 1040;

/** Longest message that clients of every version show (MYSQL_ERRMSG_SIZE). Bytes. */
const MESSAGE_BYTES = 511;

export function initialErrorPacket(code: number, message: string): Buffer {
  const text = Buffer.from(message, 'utf8').subarray(0, MESSAGE_BYTES);
  const packet = Buffer.alloc(7 + text.length);
  packet.writeUIntLE(3 + text.length, 0, 3);
  packet.writeUInt8(0, 3);
  packet.writeUInt8(0xff, 4);
  packet.writeUInt16LE(code, 5);
  text.copy(packet, 7);
  return packet;
}
