/** Condition types of a SyncReplica's status. */
export const conditionTypes = [
  'Ready',
  'InSync',
  'Injected',
  'TargetsReady',
  'Progressing',
  'DeletesHeld',
  'Verified',
  'Degraded',
  'Promoted',
  'Consistent',
  'SnapshotsTaken',
  'AgentsOutdated',
  'Reconciling',
  'Stalled',
] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** The fixed set of reasons; a reason is one CamelCase word, the message says what to do. */
export const conditionReasons = [
  // Ready
  'AllInPlace',
  'InvalidSpec',
  'Paused',
  'Deleting',
  'AmbiguousSource',
  'SourceNotFound',
  'ClaimNotFound',
  'StorageClassNotFound',
  'SecretNotFound',
  'SecretIncomplete',
  'AddressNotAllowed',
  'ElevatedNotAllowed',
  'Waiting',
  'ApplyRefused',
  'NameTaken',
  'ClaimInUse',
  // InSync
  'EnoughInSync',
  'TooFewInSync',
  'NoWriter',
  'ChangesOwed',
  // Injected
  'AllInjected',
  'NoPods',
  'PodsMissingSidecar',
  'OptedOut',
  'NamespaceExcluded',
  'WebhookNotCalled',
  // TargetsReady
  'TargetsAvailable',
  'TargetsUnavailable',
  'ImagePullFailed',
  // Progressing
  'InitialPass',
  'Restoring',
  'PassDone',
  // DeletesHeld
  'GuardHeld',
  'NothingHeld',
  'DeletesKept',
  // Verified
  'NoDifference',
  'Diverged',
  'NotVerified',
  'VerifyFailed',
  // AgentsOutdated
  'AgentsCurrent',
  'AgentsTooOld',
  // Promoted
  'NotManaged',
  'Draining',
  'Fencing',
  'RollingBack',
  'NoHistory',
  'InvalidTime',
  'Releasing',
  'Demoting',
  // Consistent
  'CheckpointMade',
  'CheckpointMissed',
  'CheckpointAwaited',
  // SnapshotsTaken
  'SnapshotsReady',
  'SnapshotAwaited',
  'SnapshotFailed',
  'SnapshotsNotServed',
  'SnapshotsNotAllowed',
  // Reconciling and Stalled
  'Settled',
  'AgentsBehind',
  // Degraded; an agent's failure reasons are among them
  'AsExpected',
  'AgentsUnreachable',
  'OperatorCutOff',
  'OperatorLate',
  'TargetUnreachable',
  'TargetFull',
  'TargetEmpty',
  'AuthenticationFailed',
  'CertificateInvalid',
  'TargetDenied',
  'TargetReadOnly',
  'TargetLost',
  'ProtocolError',
  'LeaseHeld',
  'OtherSource',
  'Promoted',
  'RestoreAmbiguous',
  'RestoreMissed',
  'SourceUnreadable',
  'SourceLost',
  'PartialTransfer',
  'Stalled',
  'TimedOut',
  'Unsupported',
  'Internal',
  'UnknownModule',
  'WatchLimitReached',
  'QueueOverflow',
  'PermissionDenied',
  'UnreadableFiles',
  'EntriesSkipped',
  'DeletesHeld',
  'StaleEpoch',
  'HookFailing',
] as const;
export type ConditionReason = (typeof conditionReasons)[number];

const maxMessageBytes = 1_024;

/** A status is never refused for the size of what somebody else's program said in it. */
export const cutMessage = (message: string): string => {
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length <= maxMessageBytes) return message;
  // A character that is cut in two is left out.
  return `${bytes
    .subarray(0, maxMessageBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}…`;
};

/** metav1.Condition. `lastTransitionTime` is RFC 3339. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ConditionReason;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** A condition as a judge states it: the time is a matter of the merge. */
export type ConditionVerdict = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/**
 * Merges verdicts into the present conditions as meta.SetStatusCondition does: `lastTransitionTime` moves only when
 * the status does. Types without a verdict go; the order is that of `conditionTypes`. `nowMs` is wall clock.
 */
export const mergeConditions = (
  present: readonly Condition[],
  verdicts: readonly ConditionVerdict[],
  observedGeneration: number,
  nowMs: number,
): Condition[] => {
  const before = new Map(present.map((condition) => [condition.type, condition]));
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return verdicts
    .map((verdict) => {
      const old = before.get(verdict.type);
      const lastTransitionTime = old && old.status === verdict.status ? old.lastTransitionTime : now;
      return { ...verdict, message: cutMessage(verdict.message), lastTransitionTime, observedGeneration };
    })
    .sort((a, b) => conditionTypes.indexOf(a.type) - conditionTypes.indexOf(b.type));
};
