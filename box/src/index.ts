export { type Box, type BoxOptions, startBox } from './box.ts';
export { clusterNames, readAppliedSpec } from './cluster/applied.ts';
export { clientCnf, type Login } from './cluster/client-cnf.ts';
export { readLastStatus } from './cluster/cluster-files.ts';
export {
  type ClusterView,
  isTrue,
  type MemberView,
  reasonsNotReady,
} from './cluster/cluster-view.ts';
export { type ApplicationCredentials, readCredentials } from './cluster/credentials.ts';
export { readLocalState } from './cluster/local-state.ts';
export { type BoxClient, connectBox } from './control/client.ts';
export type { BoxInfo } from './control/server.ts';
export {
  type BoxLayout,
  boxLayout,
  type ClusterLayout,
  clusterLayout,
  defaultDataFolder,
  memberLayout,
} from './data-folder/layout.ts';
export { findHolder, type LockHolder } from './data-folder/lock.ts';
export { isDataFolder, openDataFolder } from './data-folder/open.ts';
export {
  BoxError,
  BoxFailedError,
  DataRefusedError,
  HeldError,
  MachineError,
  messageOf,
  NotFoundError,
  PortInUseError,
  SpecRefusedError,
  systemCode,
} from './errors.ts';
export { writeFileAtomic } from './files/write-file-atomic.ts';
export { lastLines } from './kubelet/agent-log.ts';
export { type LogLine, parseLogLine } from './kubelet/plain-log-line.ts';
export { LOOPBACK } from './ports/free-port.ts';
export { endAll, waitForEnd } from './processes/end-processes.ts';
export { endOrphans, findOrphans } from './processes/orphans.ts';
export type { ToolProgress } from './tools.ts';
