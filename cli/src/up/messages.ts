import type { ClusterView } from '@radondb/box';

/** What a detached box tells the command that started it, while that one waits. */
export type DaemonMessage =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'views'; readonly views: readonly ClusterView[] }
  | { readonly type: 'page'; readonly url: string }
  | { readonly type: 'failed'; readonly exitCode: number; readonly message: string };

export function isDaemonMessage(value: unknown): value is DaemonMessage {
  return typeof value === 'object' && value !== null && 'type' in value;
}
