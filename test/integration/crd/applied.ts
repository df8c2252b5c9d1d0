import assert from 'node:assert/strict';
import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import { goodObject, type NamedCase, objectOf } from './case.ts';

/** What kubectl said of an object: one complaint a field; an empty list when it was accepted. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** Runs kubectl and gives what it printed. @throws AssertionError with its words when it fails */
export async function run(
  target: KubectlTarget,
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const result = await kubectl(target, args, stdin === undefined ? {} : { stdin });
  assert.equal(result.code, 0, `kubectl ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** What becomes of the cases' bad objects, from one kubectl: it goes on after one that is refused. */
export async function applyBad(
  target: KubectlTarget,
  namespace: string,
  cases: readonly NamedCase[],
): Promise<Answers> {
  const objects = cases.map((it) => objectOf(it.kind, it.objectName, it.bad));
  return await dryRun(target, namespace, objects);
}

export async function applyGood(
  target: KubectlTarget,
  namespace: string,
  cases: readonly NamedCase[],
): Promise<Answers> {
  return await dryRun(target, namespace, cases.map(goodObject));
}

/** What the cases change is made first. */
export async function applyBefore(
  target: KubectlTarget,
  namespace: string,
  cases: readonly NamedCase[],
): Promise<void> {
  const items = cases.flatMap(({ kind, objectName, before }) =>
    before === undefined ? [] : [objectOf(kind, objectName, before)],
  );
  await run(target, ['apply', '-n', namespace, '-f', '-'], documents(items));
}

async function dryRun(
  target: KubectlTarget,
  namespace: string,
  items: readonly Record<string, unknown>[],
): Promise<Answers> {
  const args = ['apply', '--dry-run=server', '-n', namespace, '-f', '-'];
  const { stdout, stderr } = await kubectl(target, args, { stdin: documents(items) });
  const answers = new Map<string, readonly string[]>();
  for (const [, kind, name] of stdout.matchAll(/^(\w+)\.radondb\.com\/(\S+) /gm)) {
    answers.set(`${kind}/${name}`, []);
  }
  for (const error of stderr.split(/^(?=Error from server)/m)) {
    const [, kind, name, words] =
      /(\w+)\.radondb\.com "([^"]+)" is invalid: ([\s\S]*)$/.exec(error) ?? [];
    if (kind === undefined || words === undefined) continue;
    answers.set(`${kind.toLowerCase()}/${name}`, complaints(words));
  }
  return answers;
}

export function answerTo(answers: Answers, kind: string, name: string): readonly string[] {
  const answer = answers.get(`${kind.toLowerCase()}/${name}`);
  assert.ok(answer !== undefined, `kubectl said nothing of ${kind} ${name}`);
  return answer;
}

/** `[a: …, b: …]` → its parts, each of which begins with a field. */
function complaints(words: string): readonly string[] {
  return words
    .trim()
    .replace(/^\[([\s\S]*)\]$/, '$1')
    .split(/, (?=spec\b|metadata\b|<nil>|\w+: )/);
}

/** Not a List: kubectl would check one itself, in its own words, and ask the server nothing. */
function documents(items: readonly Record<string, unknown>[]): string {
  return items.map((item) => JSON.stringify(item)).join('\n');
}
