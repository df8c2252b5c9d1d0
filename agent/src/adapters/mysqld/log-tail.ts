import { open } from 'node:fs/promises';

const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 12;

/** What the log's words mean for a person. First match wins. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /Can't start server: Bind on TCP\/IP port|Address already in use|Do you already have another mysqld/iu,
    'A port is in use: another server listens there.',
  ],
  [
    /Unable to lock \.\/ibdata1|InnoDB: Check that you do not already have another mysqld/iu,
    'Another mysqld uses this data folder.',
  ],
  [
    /No space left on device|errno: 28|Disk is full/iu,
    'The disk is full: make room or enlarge the volume.',
  ],
  [
    /Permission denied|errno: 13|OS error: 13/iu,
    'mysqld may not read or write its files: check their owner and mode.',
  ],
  [
    /corrupt|checksum mismatch|Assertion failure/iu,
    'The data is damaged: do not delete anything, this member can be cloned anew.',
  ],
  [/unknown variable|unknown option/iu, 'my.cnf has a setting that this mysqld does not know.'],
  [/Can't open shared library/iu, 'A plugin is missing: is the plugin folder right?'],
];

/** Bytes of a log so far: where the next start's lines begin. */
export async function logSize(file: string): Promise<number> {
  const handle = await open(file, 'a');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** The last lines of the log since `from`, errors preferred, and a hint when one of them is understood. */
export async function readLogTail(
  file: string,
  from: number,
): Promise<{ readonly lines: readonly string[]; readonly hint: string | null }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    await handle.read(buffer, 0, buffer.length, start);
    const all = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const errors = all.filter((line) => line.includes('[ERROR]'));
    const lines = (errors.length > 0 ? errors : all).slice(-TAIL_LINES);
    const text = (errors.length > 0 ? errors : all).join('\n');
    return { lines, hint: HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? null };
  } finally {
    await handle.close();
  }
}
