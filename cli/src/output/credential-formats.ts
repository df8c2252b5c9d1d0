import { clientCnf, type Login } from '@radondb/box';
import { InvalidArgumentError } from 'commander';

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
      return clientCnf(login);
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
