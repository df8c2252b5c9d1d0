import type { FetchProgress, FetchStep } from './mysqld/types.ts';

/** The part of a terminal or pipe that is written to. */
export type Output = { readonly isTTY?: boolean; write(text: string): unknown };

export type ProgressPrinter<Progress> = {
  readonly onProgress: (progress: Progress) => void;
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

/** Shows a fetch of MySQL: one updating line on a terminal, else plain lines every few seconds. */
export function createProgressPrinter(
  output: Output,
  now: () => number = Date.now,
): ProgressPrinter<FetchProgress> {
  return createPrinter(output, describeProgress, now);
}

/** The same for work of any kind; a step called `note` is a line that stays. */
export function createPrinter<Progress extends { readonly step: string }>(
  output: Output,
  describe: (progress: Progress) => string,
  now: () => number = Date.now,
): ProgressPrinter<Progress> {
  const isTty = output.isTTY === true;
  let lastStep: string | null = null;
  let lastAt = 0;
  let isLineOpen = false;
  const end = () => {
    if (isLineOpen) output.write('\n');
    isLineOpen = false;
  };
  const onProgress = (progress: Progress) => {
    const text = describe(progress);
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
