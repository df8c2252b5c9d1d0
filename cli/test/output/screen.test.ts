import assert from 'node:assert/strict';
import test from 'node:test';
import { createScreen } from '../../src/output/screen.ts';
import { renderTable } from '../../src/output/table.ts';
import { progressText } from '../../src/up/progress-text.ts';

test('columns are as wide as their widest cell, whatever the colours', () => {
  const red = '\u001b[31mab\u001b[39m';
  assert.deepEqual(
    renderTable(
      ['A', 'B'],
      [
        [red, '1'],
        ['c', '22'],
      ],
    ),
    ['A   B', `${red}  1`, 'c   22'],
  );
});

test('a block is written anew in its place and cut to the width of the terminal', () => {
  let text = '';
  const screen = createScreen({
    isTty: true,
    columns: 10,
    rows: 40,
    out: (it) => (text += it),
    err: () => {},
    paint: (_colour, it) => it,
  });
  screen.show(['one', 'a line that is too long']);
  screen.show(['two']);
  const plain = text.replaceAll('\u001b', '^');
  assert.equal(plain, '\rone^[K\na line t…^[K\n^[J^[2A\rtwo^[K\n^[J');
  screen.show(['\u001b[31mred and too long\u001b[39m']);
  assert.ok(text.endsWith('\u001b[31mred and …\u001b[0m\u001b[K\n\u001b[J'));
  screen.show(['two']);
  text = '';
  screen.show(['two']);
  assert.equal(text, '', 'what did not change is not written');
});

test('fetching is told in megabytes', () => {
  const progress = { step: 'download', bytesDone: 31_500_000, bytesTotal: 63_000_000 } as const;
  assert.equal(
    progressText({ ...progress, detail: 'mysql-server-core' }),
    'MySQL: mysql-server-core, 31.5 of 63.0 MB (50 %)',
  );
});
