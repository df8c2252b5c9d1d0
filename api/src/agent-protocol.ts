/**
 * What agents say to each other, to the controller and to the command line, over HTTP. Every type
 * has a parse function: unknown in, typed out, or a ProtocolError that lists all problems.
 */
export {
  type AccountGrant,
  type AccountLimits,
  type AccountOwner,
  type AccountProblem,
  type AccountsAnswer,
  type AccountsRequest,
  type AccountTls,
  type EnsureAccountRequest,
  type EnsureSchemaRequest,
  parseAccountsAnswer,
  parseAccountsRequest,
  type ReleaseAccountRequest,
  type ReleaseSchemaRequest,
} from './agent-protocol/accounts.ts';
export {
  type MemberHealth,
  type PromiseAnswer,
  type PromiseRequest,
  parseMemberHealth,
  parsePromiseAnswer,
  parsePromiseRequest,
} from './agent-protocol/election.ts';
export {
  type MarkAnswer,
  type MarkRequest,
  parseMarkAnswer,
  parseMarkRequest,
} from './agent-protocol/mark.ts';
export {
  type FailoverRecord,
  type Finding,
  type LogReport,
  type MemberReport,
  type MemberState,
  type MysqlReport,
  parseFailoverRecord,
  parseMemberReport,
  type RaftReport,
} from './agent-protocol/member-report.ts';
export { ProtocolError } from './agent-protocol/protocol-error.ts';
export { parseRoute, type Route, type RouteTarget } from './agent-protocol/route.ts';
export {
  type ApiError,
  parseApiError,
  parseSwitchoverAnswer,
  parseSwitchoverRequest,
  type SwitchoverAnswer,
  type SwitchoverRequest,
} from './agent-protocol/switchover.ts';
