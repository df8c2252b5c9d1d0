/** How an account logs in to a cluster. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly database: string | null;
  /** PEM file that the servers' certificates can be checked with. */
  readonly caFile: string;
}

/** A my.cnf for mysql's client programs. It holds a password: write it for its owner only. */
export function clientCnf(login: Login): string {
  const lines = [
    '[client]',
    `host=${login.host}`,
    `port=${login.port}`,
    'protocol=TCP',
    `user=${login.user}`,
    `password="${login.password}"`,
    `ssl-ca="${login.caFile}"`,
    // Other vendors' clients do not know it.
    'loose-ssl-mode=VERIFY_CA',
  ];
  if (login.database !== null) lines.push('[mysql]', `database=${login.database}`);
  return `${lines.join('\n')}\n`;
}
