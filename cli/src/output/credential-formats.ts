import { InvalidArgumentError } from 'commander';

/** How to log in: what people and programs need, in one piece. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly database: string | null;
  /** PEM file that the servers' certificates can be checked with. */
  readonly caFile: string;
}

export const CREDENTIAL_FORMATS = ['dsn', 'env', 'mycnf', 'json'] as const;
export type CredentialFormat = (typeof CREDENTIAL_FORMATS)[number];

export function parseCredentialFormat(text: string): CredentialFormat {
  const format = CREDENTIAL_FORMATS.find((it) => it === text);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`It must be one of ${CREDENTIAL_FORMATS.join(', ')}.`);
}

export function formatLogin(login: Login, format: CredentialFormat): string {
  switch (format) {
    case 'dsn':
      return `${dsnOf(login)}\n`;
    case 'env':
      return envOf(login);
    case 'mycnf':
      return myCnfOf(login);
    case 'json': {
      const { user, password, host, port, database } = login;
      const value = { user, password, host, port, dsn: dsnOf(login), database };
      return `${JSON.stringify(value, null, 2)}\n`;
    }
  }
}

function dsnOf({ user, password, host, port, database }: Login): string {
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `mysql://${account}@${host}:${port}/${encodeURIComponent(database ?? '')}`;
}

function envOf(login: Login): string {
  const entries = {
    MYSQL_HOST: login.host,
    MYSQL_TCP_PORT: login.port,
    MYSQL_USER: login.user,
    MYSQL_PASSWORD: login.password,
    MYSQL_DATABASE: login.database ?? '',
    DATABASE_URL: dsnOf(login),
  };
  const lines = Object.entries(entries).map(([name, value]) => `${name}='${value}'`);
  return `${lines.join('\n')}\n`;
}

function myCnfOf(login: Login): string {
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
