import path from 'node:path';

/** Where everything of one member's mysqld lies. */
export interface MysqldLayout {
  readonly root: string;
  /** The data folder in use. */
  readonly data: string;
  /** An initialise in progress; it counts as nothing. */
  readonly initialising: string;
  /** The server that a clone is driven through. */
  readonly scratch: string;
  /** Where a clone is written to. It is data once the swap marker names it. */
  readonly incoming: string;
  readonly evidence: string;
  readonly log: string;
  readonly startsFile: string;
  readonly swapFile: string;
}

export const BINLOG_INDEX = 'binlog.index';
export const RELAY_LOG_INDEX = 'relay-log.index';
/** GTIDs of the data that stand in no binlog; written by the agent into the data folder, so that it moves with the data. */
export const BASE_FILE = 'radondb-base.json';
/** Folders of earlier data are `mysql.old-N`. */
export const PREVIOUS_PREFIX = 'mysql.old-';
/** Inside a data folder; written by mysqld. */
export const PID_FILE = 'mysqld.pid';

export function mysqldLayout(directory: string): MysqldLayout {
  const root = path.resolve(directory);
  return {
    root,
    data: path.join(root, 'mysql'),
    initialising: path.join(root, 'mysql.new-initialise'),
    scratch: path.join(root, 'mysql.new-scratch'),
    incoming: path.join(root, 'mysql.new'),
    evidence: path.join(root, 'evidence'),
    log: path.join(root, 'logs', 'mysqld.log'),
    startsFile: path.join(root, 'agent', 'mysqld-starts.json'),
    swapFile: path.join(root, 'agent', 'mysqld-swap.json'),
  };
}
