import type { TestRecord } from './test-record.ts';

/** The part of node's reporter events that is read here. */
type ReporterEvent = { readonly type: string; readonly data?: unknown };

type EndedTest = {
  readonly name: string;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details?: {
    readonly type?: string;
    readonly error?: { readonly failureType?: string };
  };
};

/** A reporter of node's test runner: a line of JSON for each test that has ended. */
async function* reportEvents(source: AsyncIterable<ReporterEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const data = event.data as EndedTest;
    const record: TestRecord = {
      outcome: event.type === 'test:pass' ? 'pass' : 'fail',
      type: data.details?.type === 'suite' ? 'suite' : 'test',
      name: data.name,
      skip: data.skip ?? false,
      todo: data.todo ?? false,
      failureType: data.details?.error?.failureType ?? '',
    };
    yield `${JSON.stringify(record)}\n`;
  }
}

// biome-ignore lint/style/noDefaultExport: node looks for a reporter in the default export.
export default reportEvents;
