import { request as httpsRequest } from 'node:https';
import { type KubectlTarget, kubectl } from '../../support/kube/kubectl.ts';
import type { ConformanceCase, Step } from './case.ts';
import { normalise, sortedJson } from './normalise.ts';
import type { TestWebhook } from './webhook.ts';

/** An API server under comparison: the box's, or a real one. */
export interface Target extends KubectlTarget {
  readonly webhook: TestWebhook;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

const WATCH_WITHIN_MS = 20_000;
const UNTIL_WITHIN_MS = 20_000;

/** Runs the steps of a case. @returns everything that was answered, without what differs from run to run. */
export async function runCase(
  target: Target,
  it: ConformanceCase,
  namespace: string,
): Promise<string> {
  const parts: string[] = [];
  await ask(target, 'POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  for (const step of it.steps) {
    const answer = await runStep(target, step, namespace);
    parts.push(normalise(`${title(step)}\n${answer}`, namespace));
  }
  return `${parts.join('\n')}\n`;
}

function title(step: Step): string {
  if ('kubectl' in step) return `$ kubectl ${step.kubectl}`;
  if ('until' in step) return `> UNTIL ${step.until}`;
  return 'watch' in step ? `> WATCH ${step.watch}` : `> ${step.request}`;
}

async function runStep(target: Target, step: Step, namespace: string): Promise<string> {
  const place = (text: string) =>
    text
      .replaceAll('NS', namespace)
      .replaceAll('WEBHOOK-CA', target.webhook.caBundle)
      .replaceAll('WEBHOOK', target.webhook.url);
  if ('kubectl' in step) {
    const words = place(step.kubectl).match(/'[^']*'|\S+/g) ?? [];
    const args = words.map((word) => word.replace(/^'(.*)'$/, '$1'));
    const result = await kubectl(target, [...args, '--namespace', namespace], {
      ...(step.stdin !== undefined && { stdin: place(step.stdin) }),
      ...(step.env && { env: step.env }),
    });
    return `exit ${result.code}\n${result.stdout}${result.stderr}`;
  }
  if ('until' in step) return await repeat(target, step, place);
  if ('watch' in step) return await readWatch(target, place(step.watch), step.events);
  const [method = 'GET', path = '/'] = place(step.request).split(' ');
  const body = step.body === undefined ? undefined : JSON.parse(place(JSON.stringify(step.body)));
  const { code, warnings, text } = await ask(target, method, path, { body, headers: step.headers });
  return `${code}\n${warnings.map((one) => `Warning: ${one}\n`).join('')}${shown(text, step.only)}`;
}

type Until = Extract<Step, { readonly until: string }>;

async function repeat(
  target: Target,
  step: Until,
  place: (text: string) => string,
): Promise<string> {
  const [method = 'POST', path = '/'] = place(step.until).split(' ');
  const deadline = Date.now() + UNTIL_WITHIN_MS;
  for (;;) {
    const answer = await ask(target, method, path, { body: step.body });
    if (answer.code === step.code && answer.text.includes(step.contains ?? ''))
      return `${answer.code}`;
    if (Date.now() > deadline) return `still ${answer.code}: ${answer.text}`;
  }
}

function shown(text: string, only: readonly string[] | undefined): string {
  try {
    const value: unknown = JSON.parse(text);
    if (only === undefined) return sortedJson(withoutManagedFields(value));
    return only.map((path) => `${path}: ${sortedJson(at(value, path))}`).join('\n');
  } catch {
    return text;
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (current, key) => (current as Record<string, unknown> | undefined)?.[key],
      value,
    );
}

/** Long, and compared on its own where it matters. */
function withoutManagedFields(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === 'managedFields' ? undefined : inner,
  );
}

interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

interface Answer {
  readonly code: number;
  readonly warnings: readonly string[];
  readonly text: string;
}

function headersFor(
  target: Target,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    authorization: `Bearer ${target.token}`,
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'conformance/1',
    ...extra,
  };
}

async function ask(
  target: Target,
  method: string,
  path: string,
  options: AskOptions,
): Promise<Answer> {
  const body = options.body === undefined ? '' : JSON.stringify(options.body);
  // Node sends no length with a DELETE by itself.
  const length = { 'content-length': Buffer.byteLength(body) };
  return await new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(path, target.url),
      {
        method,
        ca: target.caPem,
        headers: { ...headersFor(target, options.headers), ...length },
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const warnings = [response.headers['warning'] ?? []].flat().map(String);
          resolve({ code: response.statusCode ?? 0, warnings, text });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function readWatch(target: Target, path: string, count: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(path, target.url),
      {
        ca: target.caPem,
        headers: headersFor(target),
        agent: false,
        signal: AbortSignal.timeout(WATCH_WITHIN_MS),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          const lines = text.split('\n');
          if (lines.length <= count || response.statusCode !== 200) return;
          request.destroy();
          const events = lines
            .slice(0, count)
            .map((line) => sortedJson(withoutManagedFields(JSON.parse(line))));
          resolve(events.join('\n'));
        });
        response.on('end', () => resolve(`${response.statusCode}\n${shown(text, undefined)}`));
      },
    );
    request.on('error', reject);
    request.end();
  });
}
