import type { CompleteMysqlCluster } from '../defaults/mysql-cluster.ts';
import type { CompleteMysqlDatabase } from '../defaults/mysql-database.ts';
import type { CompleteMysqlUser } from '../defaults/mysql-user.ts';
import type { FieldProblem } from '../schema/field-problem.ts';

/** Something that is allowed and that a person should know. */
export interface FieldWarning {
  readonly field: string;
  readonly message: string;
}

/** One small check. The object has passed its schema and has its defaults. */
export type Rule<Complete, Result> = (object: Complete) => readonly Result[];

/** What may not change; both have their defaults. */
export type ChangeRule<Complete> = (before: Complete, after: Complete) => readonly FieldProblem[];

export type ProblemRule = Rule<CompleteMysqlCluster, FieldProblem>;
export type WarningRule = Rule<CompleteMysqlCluster, FieldWarning>;
export type UserRule = Rule<CompleteMysqlUser, FieldProblem>;
export type DatabaseRule = Rule<CompleteMysqlDatabase, FieldProblem>;

/** Everything that there is to say about an object. */
export interface ObjectValidation<Type> {
  /** The value with its type, when there are no problems; nothing is filled in. Else null. */
  readonly value: Type | null;
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldWarning[];
}
