/** The grammar of data-driven test files: directives with arguments and input, and the output they expect. */

export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
}

export interface Directive {
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  readonly expected: string;
}

/** Splits at top-level spaces: parentheses hold together. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ' ' && depth === 0) {
      if (current !== '') parts.push(current);
      current = '';
    } else {
      current += char;
    }
  }
  if (current !== '') parts.push(current);
  return parts;
}

function parseArgument(text: string): Argument {
  const at = text.indexOf('=');
  if (at < 0) return { key: text, values: [] };
  const key = text.slice(0, at);
  const value = text.slice(at + 1);
  if (!value.startsWith('(')) return { key, values: [value] };
  const inner = value.slice(1, -1);
  return { key, values: inner === '' ? [] : inner.split(',').map((part) => part.trimStart()) };
}

class Lines {
  readonly #lines: readonly string[];
  at = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  get done(): boolean {
    return this.at >= this.#lines.length;
  }

  peek(ahead = 0): string | undefined {
    return this.#lines[this.at + ahead];
  }

  next(): string {
    const line = this.#lines[this.at] ?? '';
    this.at += 1;
    return line;
  }
}

function readExpected(lines: Lines): string {
  let expected = '';
  // The long form holds blank lines; it ends with two separators.
  if (lines.peek() === '----') {
    lines.next();
    while (!lines.done && !(lines.peek() === '----' && lines.peek(1) === '----')) {
      expected += `${lines.next()}\n`;
    }
    lines.at += 2;
    return expected;
  }
  while (!lines.done && lines.peek() !== '') expected += `${lines.next()}\n`;
  return expected;
}

export function parseFile(text: string): Directive[] {
  const lines = new Lines(text);
  const directives: Directive[] = [];
  while (!lines.done) {
    let head = lines.next().trim();
    const line = lines.at;
    if (head === '' || head.startsWith('#')) continue;
    while (head.endsWith('\\')) head = `${head.slice(0, -1).trimEnd()} ${lines.next().trim()}`;
    const input: string[] = [];
    while (!lines.done && lines.peek() !== '----') input.push(lines.next());
    if (lines.done) throw new Error(`line ${line}: there is no separator behind the directive`);
    lines.next();
    const [command = '', ...rest] = splitArguments(head);
    const args = rest.map(parseArgument);
    const expected = readExpected(lines);
    directives.push({ line, command, args, input: input.join('\n').trim(), expected });
  }
  return directives;
}

export interface FileResult {
  readonly file: string;
  readonly directives: number;
  readonly passed: number;
  /** Null when every directive gave what it expects. */
  readonly failure: string | null;
}

/** Runs a file's directives in one environment up to the first that differs. */
export function runFile(
  file: string,
  text: string,
  execute: (directive: Directive) => string,
): FileResult {
  const directives = parseFile(text);
  let passed = 0;
  for (const directive of directives) {
    let actual: string;
    try {
      actual = execute(directive);
    } catch (error) {
      actual = `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    }
    if (actual !== '' && !actual.endsWith('\n')) actual += '\n';
    if (actual !== directive.expected) {
      const failure = `${file}:${directive.line}: ${directive.command}\n--- expected\n${directive.expected}--- actual\n${actual}`;
      return { file, directives: directives.length, passed, failure };
    }
    passed += 1;
  }
  return { file, directives: directives.length, passed, failure: null };
}
