import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgressPrinter, describeProgress } from '../src/progress-printer.ts';

const MIB = 1024 * 1024;

function aDownload(done: number) {
  return { step: 'download', bytesDone: done * MIB, bytesTotal: 62.5 * MIB } as const;
}

test('progress is said in words and MiB', () => {
  assert.equal(
    describeProgress({ ...aDownload(12.5), detail: '60 packages' }),
    'MySQL: downloading 12.5 of 62.5 MiB (60 packages)',
  );
  assert.equal(describeProgress({ step: 'note', detail: 'moved' }), 'MySQL: note: moved');
});

test('a terminal gets one line that is updated and ended', () => {
  let text = '';
  const printer = createProgressPrinter({ isTTY: true, write: (it) => (text += it) });
  printer.onProgress(aDownload(1));
  printer.onProgress(aDownload(2));
  printer.end();
  printer.end();
  assert.deepEqual(text.split('\r\u001b[K').slice(1), [
    'MySQL: downloading 1.0 of 62.5 MiB',
    'MySQL: downloading 2.0 of 62.5 MiB\n',
  ]);
});

test('a log gets a line for each step and every few seconds', () => {
  const lines: string[] = [];
  let now = 0;
  const printer = createProgressPrinter({ write: (it) => lines.push(it) }, () => now);
  for (; now < 7000; now += 250) printer.onProgress(aDownload(now / 1000));
  printer.onProgress({ step: 'unpack' });
  assert.equal(lines.length, 4);
  assert.ok(lines.every((line) => line.endsWith('\n') && !line.includes('\r')));
});
