import type { DaemonMessage } from './messages.ts';
import type { Reporter } from './reporter.ts';

/** Tells the waiting command what it shows, as long as that one listens. */
export function daemonReporter(): Reporter {
  let page: string | null = null;
  return {
    progress: (text) => tell({ type: 'progress', text }),
    update: (views, url) => {
      if (url !== null && url !== page) tell({ type: 'page', url });
      page = url;
      tell({ type: 'views', views });
    },
    note: () => {},
    end: () => {},
  };
}

/** Nobody listening is no error: the command has got what it waited for. */
export function tell(message: DaemonMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}
