/** `npm run test:conformance -w raft`: runs every file and prints what passed. */
import { ABSENT, runSuiteFile, SUITE_DIRECTORY, suiteFiles, suitesPresent } from './suites.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (!suitesPresent()) {
  say(ABSENT);
} else {
  const results = suiteFiles().map(runSuiteFile);
  for (const { file, directives, passed, failure } of results) {
    say(`${failure === null ? 'ok  ' : 'FAIL'} ${file} (${passed} of ${directives} directives)`);
    if (failure !== null && process.argv.includes('--verbose')) say(failure);
  }
  const files = results.filter(({ failure }) => failure === null).length;
  const sum = (pick: (result: (typeof results)[number]) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  say(
    `${files} of ${results.length} files, ${sum(({ passed }) => passed)} of ${sum(({ directives }) => directives)} directives passed (${SUITE_DIRECTORY})`,
  );
  // A run that found no file proves nothing.
  process.exitCode = files === results.length && files > 0 ? 0 : 1;
}
