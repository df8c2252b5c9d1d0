/** Storage and network of a real node. */

export { CodecError, decodeMessage, encodeMessage } from '../wire/codec.ts';
export { crc32c } from '../wire/crc32c.ts';
export { FileLogError, type FileLogErrorCode } from './errors.ts';
export { FileLog, type FileLogOptions } from './file-log.ts';
export type { RefusalReason } from './handshake.ts';
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
export type { TlsIdentity } from './tls-identity.ts';
export { WAL_FORMAT_VERSION } from './wal-format.ts';
