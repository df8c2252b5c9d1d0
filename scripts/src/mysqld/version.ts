export type MysqlFlavour = 'mysql' | 'percona' | 'mariadb';

export type MysqldVersion = {
  readonly flavour: MysqlFlavour;
  /** `9.7.4`: what the server is, without a build's or a distribution's suffix. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
};

/** The oldest series with the words `source` and `replica` everywhere: 8.4 LTS. */
export const OLDEST_SERIES = { major: 8, minor: 4 } as const;

/** Reads what `mysqld --version` or a client's `--version` printed; null when it is none of theirs. */
export function parseMysqldVersion(text: string): MysqldVersion | null {
  // MariaDB's clients say "Ver 15.1 Distrib 10.11.11-MariaDB": the number after Distrib counts.
  const found =
    /\bDistrib (\d+)\.(\d+)\.(\d+)/.exec(text) ?? /\bVer (\d+)\.(\d+)\.(\d+)/.exec(text);
  const newMariadb = /\bfrom (\d+)\.(\d+)\.(\d+)-MariaDB/.exec(text);
  const [, major, minor, patch] = newMariadb ?? found ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return null;
  return {
    flavour: flavourOf(text),
    version: `${major}.${minor}.${patch}`,
    major: Number(major),
    minor: Number(minor),
  };
}

/** The reason why this server cannot be used, as a phrase; null when it can. */
export function whyUnusable(found: MysqldVersion): string | null {
  if (found.flavour === 'mariadb') return `it is MariaDB ${found.version}, not MySQL`;
  const isNewEnough =
    found.major > OLDEST_SERIES.major ||
    (found.major === OLDEST_SERIES.major && found.minor >= OLDEST_SERIES.minor);
  if (isNewEnough) return null;
  return `it is MySQL ${found.version}, older than ${OLDEST_SERIES.major}.${OLDEST_SERIES.minor}`;
}

function flavourOf(text: string): MysqlFlavour {
  if (/mariadb/i.test(text)) return 'mariadb';
  return /percona/i.test(text) ? 'percona' : 'mysql';
}
