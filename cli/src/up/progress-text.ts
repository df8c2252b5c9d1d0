import type { ToolProgress } from '@radondb/box';

/** One line about what is being fetched. */
export function progressText(progress: ToolProgress): string {
  const { bytesDone, bytesTotal, detail, step } = progress;
  const words = detail ?? step;
  if (bytesDone === undefined || bytesTotal === undefined || bytesTotal === 0) {
    return `MySQL: ${words}`;
  }
  const percent = Math.floor((bytesDone / bytesTotal) * 100);
  return `MySQL: ${words}, ${megabytes(bytesDone)} of ${megabytes(bytesTotal)} MB (${percent} %)`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
