export {
  type AccountGrant,
  type AccountLimits,
  type AccountOwner,
  type AccountProblem,
  type AccountsAnswer,
  type AccountsRequest,
  type AccountTls,
  type ApiError,
  type EnsureAccountRequest,
  type EnsureSchemaRequest,
  type FailoverRecord,
  type Finding,
  type LogReport,
  type MarkAnswer,
  type MarkRequest,
  type MemberHealth,
  type MemberReport,
  type MemberState,
  type MysqlReport,
  type PromiseAnswer,
  type PromiseRequest,
  ProtocolError,
  parseAccountsAnswer,
  parseAccountsRequest,
  parseApiError,
  parseFailoverRecord,
  parseMarkAnswer,
  parseMarkRequest,
  parseMemberHealth,
  parseMemberReport,
  parsePromiseAnswer,
  parsePromiseRequest,
  parseRoute,
  parseSwitchoverAnswer,
  parseSwitchoverRequest,
  type RaftReport,
  type ReleaseAccountRequest,
  type ReleaseSchemaRequest,
  type Route,
  type RouteTarget,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from './agent-protocol.ts';
export { CONDITION_REASONS, CONDITION_TYPES, type ConditionReason } from './conditions.ts';
export {
  applyDefaults,
  type CompleteMysqlCluster,
  type CompleteMysqlClusterSpec,
  DEFAULT_MYSQL_CLUSTER_SPEC,
} from './defaults/mysql-cluster.ts';
export {
  applyDatabaseDefaults,
  type CompleteMysqlDatabase,
  type CompleteMysqlDatabaseSpec,
} from './defaults/mysql-database.ts';
export {
  applyUserDefaults,
  type CompleteMysqlUser,
  type CompleteMysqlUserSpec,
} from './defaults/mysql-user.ts';
export { parseDurationMs } from './duration.ts';
export {
  collectGtids,
  containsGtids,
  countGtids,
  EMPTY_GTIDS,
  equalGtids,
  formatGtidSet,
  type Gtid,
  type GtidInterval,
  type GtidSet,
  GtidSetBuilder,
  GtidSyntaxError,
  gtidsOfUuid,
  intersectGtids,
  isEmptyGtids,
  parseGtidSet,
  singleGtid,
  subtractGtids,
  unionGtids,
  uuidsOfGtids,
  withoutUuid,
} from './gtid.ts';
export { checkConfig } from './my-cnf/check-config.ts';
export { type MyCnfInput, renderMyCnf, UnsafeConfigError } from './my-cnf/render.ts';
export {
  anyServiceName,
  CLUSTER_LABEL,
  type ClusterRef,
  clusterLabels,
  configMapName,
  credentialsSecretName,
  internalSecretName,
  memberName,
  memberNames,
  memberOrdinal,
  membersServiceName,
  primaryServiceName,
  ROLE_LABEL,
  replicasServiceName,
  statefulSetName,
  tlsSecretName,
} from './names.ts';
export type { FieldProblem } from './schema/field-problem.ts';
export { computeStatus, type StatusInput } from './status.ts';
export {
  API_VERSION,
  type Condition,
  type ConfigValue,
  type LastFailover,
  type MemberStatus,
  MYSQL_CLUSTER_KIND,
  type MysqlCluster,
  type MysqlClusterSpec,
  type MysqlClusterStatus,
  mysqlClusterSchema,
  type ObjectMetadata,
} from './v1/mysql-cluster.ts';
export {
  MYSQL_DATABASE_KIND,
  type MysqlDatabase,
  type MysqlDatabaseSpec,
  type MysqlDatabaseStatus,
  mysqlDatabaseSchema,
} from './v1/mysql-database.ts';
export {
  type Grant,
  MYSQL_USER_KIND,
  type MysqlUser,
  type MysqlUserSpec,
  type MysqlUserStatus,
  mysqlUserSchema,
} from './v1/mysql-user.ts';
export { checkLocal, IGNORED_LOCALLY, warnOfIgnored } from './validate/local.ts';
export { type Manifest, type ManifestPlace, parseManifest } from './validate/manifest.ts';
export {
  type Validation,
  validateMysqlCluster,
  validateMysqlClusterUpdate,
} from './validate/mysql-cluster.ts';
export { validateMysqlDatabase, validateMysqlDatabaseUpdate } from './validate/mysql-database.ts';
export { validateMysqlUser, validateMysqlUserUpdate } from './validate/mysql-user.ts';
export type { FieldWarning, ObjectValidation } from './validate/rule.ts';
