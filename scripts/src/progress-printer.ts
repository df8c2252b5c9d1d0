import type { FetchProgress, FetchStep } from './mysqld/types.ts';

/** The part of a terminal or pipe that is written to. */
export type Output = { readonly isTTY?: boolean; write(text: string): unknown };

export type ProgressPrinter = {
  readonly onProgress: (progress: FetchProgress) => void;
  /** Ends an unfinished line; to be called before anything else is printed. */
  readonly end: () => void;
};

/** In a log, a line every so often is enough to see that it moves. */
const PLAIN_EVERY_MS = 3_000;

const WORDS: Readonly<Record<FetchStep, string>> = {
  wait: 'waiting',
  lists: 'package lists',
  resolve: 'resolving',
  download: 'downloading',
  unpack: 'unpacking',
  verify: 'verifying',
  note: 'note',
};

/** Shows a fetch: one updating line on a terminal, else plain lines every few seconds. */
export function createProgressPrinter(
  output: Output,
  now: () => number = Date.now,
): ProgressPrinter {
  const isTty = output.isTTY === true;
  let lastStep: FetchStep | null = null;
  let lastAt = 0;
  let isLineOpen = false;
  const end = () => {
    if (isLineOpen) output.write('\n');
    isLineOpen = false;
  };
  const onProgress = (progress: FetchProgress) => {
    const text = describeProgress(progress);
    if (progress.step === 'note') {
      end();
      output.write(`${text}\n`);
    } else if (isTty) {
      output.write(`\r\u001b[K${text}`);
      isLineOpen = true;
    } else if (progress.step !== lastStep || now() - lastAt >= PLAIN_EVERY_MS) {
      output.write(`${text}\n`);
      lastAt = now();
    }
    lastStep = progress.step;
  };
  return { onProgress, end };
}

/** `MySQL: downloading 12.5 of 62.5 MiB (60 packages)`. */
export function describeProgress(progress: FetchProgress): string {
  const { bytesDone, bytesTotal, detail } = progress;
  const bytes =
    bytesDone === undefined || bytesTotal === undefined
      ? ''
      : ` ${mebibytes(bytesDone)} of ${mebibytes(bytesTotal)} MiB`;
  const more = detail === undefined ? '' : bytes === '' ? `: ${detail}` : ` (${detail})`;
  return `MySQL: ${WORDS[progress.step]}${bytes}${more}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
