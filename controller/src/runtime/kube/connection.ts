/** How to reach an API server and prove who we are. */
import type { Agent as HttpAgent } from 'node:http';

export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

export interface Credentials {
  /** Authorization and impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** For servers that are reached through a proxy only. */
  readonly proxyAgent?: HttpAgent;
}

export interface KubeConnection {
  /** `https://host:port`, with a path where the server lives below one. */
  readonly server: URL;
  /** Of this moment: tokens and certificates are renewed under us. */
  credentials(): Promise<Credentials>;
  /** The server did not accept the credentials: forget what is cached. */
  refresh(): void;
}
