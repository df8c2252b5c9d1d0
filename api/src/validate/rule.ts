import type { CompleteMysqlCluster } from '../defaults/mysql-cluster.ts';
import type { FieldProblem } from '../schema/field-problem.ts';

/** Something that is allowed and that a person should know. */
export interface FieldWarning {
  readonly field: string;
  readonly message: string;
}

/** One small check. The cluster has passed its schema and has its defaults. */
export type Rule<Result> = (cluster: CompleteMysqlCluster) => readonly Result[];

export type ProblemRule = Rule<FieldProblem>;
export type WarningRule = Rule<FieldWarning>;
