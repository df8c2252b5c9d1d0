export { type CommandResult, type CommandSpec, type RunOptions, runCommand } from './command.ts';
export { findKubeParts } from './kube/find.ts';
export { type KubeMissingCode, KubeMissingError } from './kube/kube-missing-error.ts';
export { CONTROL_PLANE, KUBE_PART_NAMES, type KubePartName } from './kube/parts.ts';
export type { BuildProgress, FindKubeOptions, KubeProgram, KubeSource } from './kube/types.ts';
export { findMysqld } from './mysqld/find.ts';
export { type ToolMissingCode, ToolMissingError } from './mysqld/tool-missing-error.ts';
export type {
  FetchProgress,
  FindMysqldOptions,
  MysqlInstallation,
  MysqlSource,
  PassedOver,
} from './mysqld/types.ts';
export { findOnPath } from './on-path.ts';
