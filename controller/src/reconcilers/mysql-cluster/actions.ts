/** What a plan consists of. Data: it can be printed, compared and carried out. */
import type { MysqlClusterStatus } from '@radondb/api';
import type { ConfigureRequest } from '@radondb/api/agent-protocol/configure';
import type { CertificateDecision } from '../../certificates/decide.ts';
import type { DesiredObject } from '../../desired/model.ts';
import type { SecretOwner } from '../../desired/secrets.ts';
import type { ObjectToWrite, OwnerReference } from '../../runtime/kube-object.ts';

/** Reasons of the events, for good: programs may key on them. */
export const EVENT_REASONS = Object.freeze({
  /** The first objects of a cluster were made. */
  created: 'Created',
  /** A member is restarted because its configuration or image is another one. */
  memberRestarting: 'MemberRestarting',
  /** The primary hands over so that it can be restarted. */
  switchover: 'Switchover',
  /** A switchover was asked for and refused or failed. */
  switchoverFailed: 'SwitchoverFailed',
  /** Certificates were issued or an authority was changed. */
  certificatesRenewed: 'CertificatesRenewed',
  /** Passwords were generated. */
  credentialsGenerated: 'CredentialsGenerated',
  /** The application's account has a new password. */
  credentialsRotated: 'CredentialsRotated',
  /** The StatefulSet was made anew around its running pods. */
  statefulSetRecreated: 'StatefulSetRecreated',
  /** A member did not take settings that need no restart. */
  settingsFailed: 'SettingsFailed',
  /** A volume was asked to grow. */
  volumeResized: 'VolumeResized',
  /** The API server refused an object of the cluster. */
  applyFailed: 'ApplyFailed',
  /** The stored spec is not valid: nothing is changed. */
  invalidSpec: 'InvalidSpec',
  /** Another primary was elected. */
  failover: 'Failover',
});
export type EventReason = (typeof EVENT_REASONS)[keyof typeof EVENT_REASONS];

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  /** UpperCamelCase: what was done. */
  readonly action: string;
  readonly note: string;
}

export type Action =
  /** Random passwords in a Secret that does not exist yet. */
  | { readonly do: 'generate-internal'; readonly owner: SecretOwner }
  | { readonly do: 'generate-credentials'; readonly owner: SecretOwner; readonly rotation: string }
  /** A new password in the Secret of the application's account; the rest is kept. */
  | { readonly do: 'rotate-credentials'; readonly owner: SecretOwner; readonly rotation: string }
  | {
      readonly do: 'renew-certificates';
      readonly owner: SecretOwner;
      readonly members: readonly string[];
      readonly decision: CertificateDecision;
    }
  /** Whom a Secret goes with: the MysqlCluster, or nobody while the volumes are retained. */
  | {
      readonly do: 'own-secret';
      readonly name: string;
      readonly uid: string;
      readonly owners: readonly OwnerReference[];
    }
  | { readonly do: 'apply'; readonly desired: DesiredObject }
  | { readonly do: 'apply-claim'; readonly claim: ObjectToWrite }
  /** Deletes it and leaves its pods; the next plan makes it anew. */
  | { readonly do: 'recreate-stateful-set'; readonly name: string; readonly uid: string }
  | { readonly do: 'delete-pod'; readonly name: string; readonly uid: string }
  /** Settings that a running member takes without a restart. */
  | { readonly do: 'configure'; readonly member: string; readonly request: ConfigureRequest }
  | { readonly do: 'switchover'; readonly from: string }
  | { readonly do: 'event'; readonly event: PlannedEvent };

export interface Plan {
  /** In this order; what comes after one that fails is left to the next plan. */
  readonly actions: readonly Action[];
  readonly status: MysqlClusterStatus;
  /** In words, for the log. */
  readonly outcome: string;
  readonly requeueAfterMs: number;
}
