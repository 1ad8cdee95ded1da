import type { ConditionReason } from '../api/conditions.ts';

/** Reasons that complain of nothing: all is well, or goes on by itself. */
type Well =
  | 'AllInPlace'
  | 'EnoughInSync'
  | 'AllInjected'
  | 'NoPods'
  | 'TargetsAvailable'
  | 'InitialPass'
  | 'Restoring'
  | 'PassDone'
  | 'NothingHeld'
  | 'NoDifference'
  | 'AgentsCurrent'
  | 'NotManaged'
  | 'Draining'
  | 'Fencing'
  | 'RollingBack'
  | 'NoHistory'
  | 'InvalidTime'
  | 'Releasing'
  | 'Demoting'
  | 'CheckpointMade'
  | 'CheckpointAwaited'
  | 'SnapshotsReady'
  | 'Settled'
  | 'AgentsBehind'
  | 'AsExpected';

/** What a person does about a reason, in a sentence; a new reason has to have one. */
const remedies: Readonly<Record<Exclude<ConditionReason, Well>, string>> = {
  Waiting: 'look at what else is said here: it goes on by itself once that is mended',
  Deleting: 'kubectl describe srep names what holds it; where the operator is gone, install it again until it is done',
  TooFewInSync: 'see which replica is not, and why: kubectl syncreplica status',
  AddressNotAllowed: 'name another address, or have an administrator add it to externalTargets.allow of the chart',
  NameTaken: 'give the SyncReplica or the target another name: an object of somebody else has the one that is needed',
  OptedOut: 'take the label syncreplica.io/inject off the pods, and restart them',
  NamespaceExcluded:
    'have an administrator change the namespace’s label syncreplica.io/injection, then restart the pods',
  WebhookNotCalled: 'open the way from the API server to the operator’s webhook, then restart the pods',
  NotVerified: 'have all of it compared: kubectl syncreplica verify',
  AgentsTooOld: 'restart the pods when it suits: they get the agent of this version',
  AgentsUnreachable:
    'look at the agents: kubectl syncreplica logs; and at NetworkPolicies between them and their receivers',
  OperatorCutOff:
    'let the operator reach receivers: NetworkPolicies to their port 8730, and those of its own namespace',
  OperatorLate: 'give the operator more of a processor: it is late in asking, and goes on by itself',
  TargetReadOnly: 'let the target take changes: managed.receiver.readOnly, or “read only” of the daemon’s module',
  TargetLost: 'mount the target’s volume again: its receiver waits for it, and nothing is written meanwhile',
  LeaseHeld: 'another agent writes to the target: end it, or give this one a target of its own',
  PermissionDenied: 'let the agent read the source: the same user as the application, or access: Elevated',
  InvalidSpec: 'correct the field that the message names: kubectl edit srep',
  AmbiguousSource: 'write podSelector and volume so that they find one volume for each pod of one StatefulSet',
  SourceNotFound: 'no pod and no claim of that name is there: look at spec.source, and at the namespace',
  ClaimNotFound: 'make the claim, or correct spec.source.persistentVolumeClaim',
  StorageClassNotFound: 'name a class that kubectl get storageclass shows in managed.storageClassName',
  SecretNotFound: 'make the Secret that secretName of the target names',
  SecretIncomplete: 'add the keys that the message names to the Secret',
  ElevatedNotAllowed: 'have an administrator label the namespace syncreplica.io/allow-elevated=true',
  ClaimInUse: 'end the pod that mounts the claim: nobody else may use it while it is a target',
  ApplyRefused:
    'look at the message: a quota, a policy or another owner of the same name refuses an object, or the API server fails at it',
  HookFailing: 'see what the hook’s URL answers; its events wait (10000 at most) and are told once it takes them',
  Paused: 'go on with: kubectl syncreplica resume',
  NoWriter: 'start a pod that mounts the source; the copy stays as it was',
  ChangesOwed: 'start a pod that mounts the source: what the last one left unsent is found and sent',
  PodsMissingSidecar: 'restart the pods as the message says; pods get their agent only when they start',
  TargetsUnavailable: "look at the receiver's pod: kubectl describe pod; often a claim that waits for storage",
  ImagePullFailed: 'correct the image or the pull secrets in the values of the chart',
  TargetUnreachable:
    'look at the target, its Service and NetworkPolicies: its port has to be open to the pods of the source',
  TargetFull: "make the target's claim larger (managed.storage), or exclude what need not be copied",
  TargetEmpty: 'nothing was restored: choose a target that holds data, or set restore: Never',
  AuthenticationFailed: 'compare user and password of the Secret with those of the target',
  CertificateInvalid: 'compare ca.crt of the Secret with the certificate of the target, and the clocks of both nodes',
  OtherSource:
    'after a fail-over nothing: the new side counts. If this source counts, adopt what the target holds, as the message says',
  Promoted: 'the target is in use in place of the source: stop the source, or demote the target if the source counts',
  TargetDenied: 'give the target the rights to write: its access, its owner, or preserve.owners: false',
  UnknownModule: 'correct external.module: the daemon has no such module',
  ProtocolError: 'look at the port and at tls: something answers that is no rsync daemon',
  RestoreAmbiguous: 'leave only the target that counts in spec.targets, until the source is filled',
  RestoreMissed:
    'choose: make the claim anew, and it is filled from the target; or, if what the source holds now counts, kubectl annotate srep NAME syncreplica.io/adopt=any',
  SourceUnreadable: 'let the agent read the files: the same user as the application, or access: Elevated',
  SourceLost: 'mount the volume again; nothing is deleted on the targets meanwhile',
  PartialTransfer: 'look at lastError: some files are sent again until they are there',
  Stalled: 'look at network and storage of the target: a run made no progress',
  TimedOut: 'look at network and storage of the target: a run took too long',
  WatchLimitReached: 'on the node: sysctl -w fs.inotify.max_user_watches=1048576; or exclude directories',
  QueueOverflow: 'on the node: sysctl -w fs.inotify.max_queued_events=131072; a full pass follows by itself',
  UnreadableFiles: 'let the agent read the files: the same user as the application, or access: Elevated',
  EntriesSkipped:
    'what the target refuses: let its user own the directory, also the one of an rsync module; else exclude what cannot be copied, or set preserve.devices',
  GuardHeld: 'look and let them go on: kubectl syncreplica release-deletes',
  DeletesHeld: 'look and let them go on: kubectl syncreplica release-deletes',
  DeletesKept: 'if they were not meant: kubectl syncreplica undelete',
  Diverged: 'look who else writes to the target, and at its disk; docs/verify.md says more',
  VerifyFailed: 'upgrade the receiver to the version of the agent, or look at the way between them',
  CheckpointMissed:
    'look at what answers at spec.checkpoints.stillUrl: it has to keep all of the application still, for as long as the slowest target takes',
  SnapshotAwaited:
    'wait until the target was compared once and its receivers run; without a pod that uses the source that may be never',
  SnapshotFailed:
    'look at the VolumeSnapshot that status.snapshots names, at its class, and at the log of the CSI driver',
  SnapshotsNotServed:
    'install the CRDs and the controller of kubernetes-csi/external-snapshotter and a CSI driver that can, or take snapshots out of the target',
  SnapshotsNotAllowed: 'helm upgrade … --set volumeSnapshots.enabled=true',
  StaleEpoch: 'another pod writes this volume; if it should not, end it',
  Unsupported: 'switch off what the target cannot do: preserve.xattrs, preserve.acls or compression',
  Internal: 'write a report: kubectl syncreplica report, and file it as a fault',
};

export const remedyFor = (reason: string | undefined): string | undefined =>
  (remedies as Readonly<Record<string, string>>)[reason ?? ''];

/** The same where something is wrong; a newer operator may have a reason that is not known here. */
export const remedyForWrong = (reason: string): string =>
  remedyFor(reason) ?? 'kubectl syncreplica status and logs say more';
