/** Finds and runs the suites of a directory: `interaction/`, `quorum/`, `confchange/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfChangeEnvironment } from './conf-change-suite.ts';
import { type Directive, type FileResult, runFile } from './datadriven.ts';
import { InteractionEnvironment } from './interaction.ts';
import { executeQuorum } from './quorum-suite.ts';
import { Templates } from './templates.ts';

/** `RAFT_SUITE_DIR`, or the folder beside the repository. */
export const SUITE_DIRECTORY = path.resolve(
  process.env['RAFT_SUITE_DIR'] ??
    path.join(import.meta.dirname, '../../../../shared/conformance/etcd-raft'),
);

export const ABSENT = `SKIPPED: the conformance suites are not in ${SUITE_DIRECTORY}; set RAFT_SUITE_DIR to a directory with interaction/, quorum/, confchange/ and log-templates.tsv to run them`;

export function suitesPresent(): boolean {
  return existsSync(path.join(SUITE_DIRECTORY, 'log-templates.tsv'));
}

const SUITES = ['quorum', 'confchange', 'interaction'] as const;

export function suiteFiles(): string[] {
  return SUITES.flatMap((suite) => {
    const directory = path.join(SUITE_DIRECTORY, suite);
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
      .sort()
      .map((name) => path.join(suite, name));
  });
}

function environment(suite: string): (directive: Directive) => string {
  if (suite === 'quorum') return executeQuorum;
  if (suite === 'confchange') {
    const changes = new ConfChangeEnvironment();
    return (directive) => changes.execute(directive);
  }
  const templates = readFileSync(path.join(SUITE_DIRECTORY, 'log-templates.tsv'), 'utf8');
  const interaction = new InteractionEnvironment(new Templates(templates));
  return (directive) => interaction.execute(directive);
}

export function runSuiteFile(file: string): FileResult {
  const text = readFileSync(path.join(SUITE_DIRECTORY, file), 'utf8');
  return runFile(file, text, environment(path.dirname(file)));
}
