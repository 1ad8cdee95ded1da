import type { ConditionReason } from '../api/conditions.ts';

/** What a person does about a reason, in a sentence. What mends itself, or is no fault, has none. */
const remedies: Readonly<Partial<Record<ConditionReason, string>>> = {
  InvalidSpec: 'correct the field that the message names: kubectl edit srep',
  AmbiguousSource: 'write podSelector and volume so that they find one volume for each pod of one StatefulSet',
  SourceNotFound: 'no pod and no claim of that name is there: look at spec.source, and at the namespace',
  ClaimNotFound: 'make the claim, or correct spec.source.persistentVolumeClaim',
  StorageClassNotFound: 'name a class that kubectl get storageclass shows in managed.storageClassName',
  SecretNotFound: 'make the Secret that spec.targets[].external.secretName names',
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
  StaleEpoch: 'another pod writes this volume; if it should not, end it',
  Unsupported: 'switch off what the target cannot do: preserve.xattrs, preserve.acls or compression',
  Internal: 'write a report: kubectl syncreplica report, and file it as a fault',
};

export const remedyFor = (reason: string | undefined): string | undefined => remedies[reason as ConditionReason];
