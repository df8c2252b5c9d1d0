// `npm run tools [-- --fetch] [--kube] [--json] [--update-lock]`: which programs are used, and from where.
import { findKubeParts } from './kube/find.ts';
import { BUILD_COMMAND, KubeMissingError } from './kube/kube-missing-error.ts';
import { CONTROL_PLANE, KUBE_PART_NAMES, type KubePartName } from './kube/parts.ts';
import { describeBuild } from './kube/report.ts';
import { userCacheDir } from './mysqld/cache.ts';
import { findMysqld } from './mysqld/find.ts';
import { ToolMissingError } from './mysqld/tool-missing-error.ts';
import { updateLock } from './mysqld/update-lock.ts';
import { createPrinter, createProgressPrinter } from './progress-printer.ts';
import { describeParts } from './tools/parts.ts';
import { formatReport } from './tools/table.ts';

const USAGE = `npm run tools -- [--fetch] [--kube | --kube-all] [--json]
  --fetch        fetch a missing MySQL into the user's cache
  --kube         build a missing etcd, kube-apiserver and kubectl into the user's cache (Go 1.26; minutes, once)
  --kube-all     the same for every program of Kubernetes in the table
  --json         print the report as JSON
  --update-lock  write scripts/mysql.lock.json anew from the mirror (for maintainers)
`;

const FLAGS = ['--fetch', '--kube', '--kube-all', '--json', '--update-lock'];

/** @returns the process's exit code: 0, 1 when a required part is missing, 2 for wrong usage. */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.includes('--help') || args.some((arg) => !FLAGS.includes(arg))) {
    process.stderr.write(USAGE);
    return args.includes('--help') ? 0 : 2;
  }
  if (args.includes('--update-lock')) {
    await updateLock({ env, cacheDir: userCacheDir(env) });
    process.stdout.write('scripts/mysql.lock.json is written; read its difference\n');
    return 0;
  }
  // The report may go to a program: progress is for the person, beside it.
  const printer = createProgressPrinter(process.stderr);
  const mysql = await findMysqld({
    env,
    fetch: args.includes('--fetch') ? 'when-missing' : 'never',
    onProgress: printer.onProgress,
  }).catch((error: unknown) => {
    if (error instanceof ToolMissingError) return error;
    throw error;
  });
  printer.end();
  if (args.includes('--kube-all')) await buildKube(KUBE_PART_NAMES, env);
  else if (args.includes('--kube')) await buildKube(CONTROL_PLANE, env);
  const report = await describeParts(mysql, env);
  process.stdout.write(
    args.includes('--json') ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report),
  );
  const isMysqlFetchable = mysql instanceof ToolMissingError && mysql.code === 'not-found';
  if (isMysqlFetchable && !args.includes('--json')) {
    process.stdout.write('npm run tools -- --fetch fetches MySQL from a Debian mirror.\n');
  }
  const isKubeMissing = report.parts.some(
    ({ name, state }) => CONTROL_PLANE.some((it) => it === name) && !state.found,
  );
  if (isKubeMissing && !args.includes('--json')) {
    process.stdout.write(
      `${BUILD_COMMAND} builds etcd, kube-apiserver and kubectl (Go 1.26; minutes, once).\n`,
    );
  }
  return report.parts.some((part) => part.isRequired && !part.state.found) ? 1 : 0;
}

async function buildKube(names: readonly KubePartName[], env: NodeJS.ProcessEnv): Promise<void> {
  const printer = createPrinter(process.stderr, describeBuild);
  try {
    await findKubeParts(names, {
      env,
      build: 'when-missing',
      onProgress: printer.onProgress,
    });
  } finally {
    printer.end();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
  const isMissing = error instanceof ToolMissingError || error instanceof KubeMissingError;
  if (!isMissing) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
