/** Storage and network of a real node. */
export { FileLogError, type FileLogErrorCode } from './errors.ts';
export { FileLog, type FileLogOptions } from './file-log.ts';
export type { RefusalReason } from './handshake.ts';
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
export type { TlsIdentity } from './tls-identity.ts';
export { WAL_FORMAT_VERSION } from './wal-format.ts';
