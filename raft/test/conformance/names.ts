/** The names that the suites' files use for what the library calls otherwise. */
import type {
  ConfChangeErrorCode,
  ConfChangeOp,
  ConfChangeTransition,
  EntryType,
  MessageType,
  ProgressState,
  Role,
} from '@radondb/raft/core';

export const MESSAGE_NAMES: Record<MessageType, string> = {
  hup: 'MsgHup',
  beat: 'MsgBeat',
  propose: 'MsgProp',
  append: 'MsgApp',
  'append-response': 'MsgAppResp',
  vote: 'MsgVote',
  'vote-response': 'MsgVoteResp',
  snapshot: 'MsgSnap',
  heartbeat: 'MsgHeartbeat',
  'heartbeat-response': 'MsgHeartbeatResp',
  unreachable: 'MsgUnreachable',
  'snapshot-status': 'MsgSnapStatus',
  'check-quorum': 'MsgCheckQuorum',
  'transfer-leader': 'MsgTransferLeader',
  'timeout-now': 'MsgTimeoutNow',
  'read-index': 'MsgReadIndex',
  'read-index-response': 'MsgReadIndexResp',
  'pre-vote': 'MsgPreVote',
  'pre-vote-response': 'MsgPreVoteResp',
  'storage-append': 'MsgStorageAppend',
  'storage-append-response': 'MsgStorageAppendResp',
  'storage-apply': 'MsgStorageApply',
  'storage-apply-response': 'MsgStorageApplyResp',
  'forget-leader': 'MsgForgetLeader',
  'snapshot-part': 'MsgSnapPart',
  'snapshot-part-response': 'MsgSnapPartResp',
};

export const ENTRY_NAMES: Record<EntryType, string> = {
  normal: 'EntryNormal',
  'conf-change': 'EntryConfChange',
  'conf-change-v2': 'EntryConfChangeV2',
};

export const ROLE_NAMES: Record<Role, string> = {
  follower: 'StateFollower',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
  'pre-candidate': 'StatePreCandidate',
};

export const PROGRESS_NAMES: Record<ProgressState, string> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
};

export const TRANSITION_NAMES: Record<ConfChangeTransition, string> = {
  auto: 'ConfChangeTransitionAuto',
  implicit: 'ConfChangeTransitionJointImplicit',
  explicit: 'ConfChangeTransitionJointExplicit',
};

export const OP_NAMES: Record<ConfChangeOp, string> = {
  'add-voter': 'ConfChangeAddNode',
  'add-learner': 'ConfChangeAddLearnerNode',
  remove: 'ConfChangeRemoveNode',
  update: 'ConfChangeUpdateNode',
};

export const OP_LETTERS: Record<string, ConfChangeOp> = {
  v: 'add-voter',
  l: 'add-learner',
  r: 'remove',
  u: 'update',
};

export const CONF_CHANGE_ERRORS: Record<ConfChangeErrorCode, string> = {
  'already-joint': 'config is already joint',
  'zero-voter-joint': "can't make a zero-voter config joint",
  'not-joint': "can't leave a non-joint config",
  'simple-in-joint': "can't apply simple config change in joint config",
  'more-than-one-voter': 'more than one voter changed without entering joint config',
  'removed-all-voters': 'removed all voters',
};
