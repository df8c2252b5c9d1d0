export { type CommandResult, type CommandSpec, type RunOptions, runCommand } from './command.ts';
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
