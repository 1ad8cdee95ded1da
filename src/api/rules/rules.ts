import type {
  ExternalTargetSpec,
  HookSpec,
  ManagedTargetSpec,
  RetrySpec,
  SyncReplicaSpec,
  TargetSpec,
} from '../schema/syncreplica.generated.ts';
import { checkpointRules } from '../settings/checkpoint-settings.ts';
import { hookFileNeedsReceiver, hookFilesHaveReceivers } from '../settings/hook-settings.ts';
import { parseDuration } from '../units/duration.ts';
import { parseQuantity } from '../units/quantity.ts';
import { agentRules } from './agent-rules.ts';
import { historyRules } from './history-rules.ts';
import { readerRules } from './reader-rules.ts';
import {
  addressRule,
  atLeastMs,
  bandwidthRule,
  durationRule,
  hostRule,
  patternRule,
  plainRule,
  portRule,
  type Rule,
  relativeRule,
  rule,
  scheduleRules,
  within,
  workersRule,
} from './rule.ts';
import { sourceRules } from './source-rules.ts';
import { sshRules } from './ssh-rules.ts';

const fileSizeRule = (path: string): Rule =>
  rule<string>(
    path,
    'a size of files is a quantity of bytes, 1 or more; write for example 1Gi',
    (size) => (parseQuantity(size) ?? 0) >= 1,
  );

/** In the order in which a person reads the spec. */
export const rules: readonly Rule[] = [
  rule<SyncReplicaSpec>(
    'spec',
    'minInSync is more than there are targets; write a number from 0 to the number of targets',
    (spec) => (spec.minInSync ?? 0) <= spec.targets.length,
    '.minInSync',
  ),
  rule<SyncReplicaSpec>('spec', hookFileNeedsReceiver, hookFilesHaveReceivers, '.hooks'),
  rule<SyncReplicaSpec>(
    'spec',
    "a target is the source's own claim; write another claimName",
    ({ source, targets }) =>
      source.persistentVolumeClaim === undefined ||
      targets.every(({ managed }) => managed?.claimName !== source.persistentVolumeClaim),
    '.targets',
  ),
  rule<SyncReplicaSpec>(
    'spec',
    'who writes an external target is named where the source is; write managed targets for a source that is elsewhere',
    ({ source, targets }) => source.elsewhere === undefined || targets.every(({ managed }) => managed !== undefined),
    '.targets',
  ),
  ...sourceRules,
  relativeRule('spec.source.path'),
  plainRule('spec.source.path'),
  rule<TargetSpec[]>(
    'spec.targets',
    'a SyncReplica needs a target; write for example targets: [{name: dr, managed: {storage: 10Gi}}]',
    (targets) => targets.length > 0,
  ),
  rule<TargetSpec[]>(
    'spec.targets',
    'two targets have one name; write another name for one of them',
    (targets) => new Set(targets.map((target) => target.name)).size === targets.length,
  ),
  rule<TargetSpec>(
    'spec.targets[]',
    'a target is one of managed, external and ssh; write exactly one of them',
    ({ managed, external, ssh }) => [managed, external, ssh].filter((one) => one !== undefined).length === 1,
  ),
  ...historyRules,
  ...readerRules,
  rule<string>(
    'spec.targets[].name',
    "a target's name is a DNS label; write lower-case letters, digits and dashes, for example dr",
    (name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name),
  ),
  rule<ManagedTargetSpec>(
    'spec.targets[].managed',
    'a managed target has claims of its own or one that exists; write exactly one of storage and claimName',
    (managed) => (managed.storage === undefined) !== (managed.claimName === undefined),
  ),
  rule<ManagedTargetSpec>(
    'spec.targets[].managed',
    'an existing claim keeps its StorageClass; leave storageClassName out',
    (managed) => managed.claimName === undefined || managed.storageClassName === undefined,
    '.storageClassName',
  ),
  rule<ManagedTargetSpec>(
    'spec.targets[].managed',
    'a path is that of an existing claim; write claimName too',
    (managed) => managed.claimName !== undefined || managed.path === undefined,
    '.path',
  ),
  rule<ManagedTargetSpec>(
    'spec.targets[].managed',
    'an Elevated receiver is root; leave user out, or write access SameUser',
    ({ access, user }) => access !== 'Elevated' || user === undefined,
    '.user',
  ),
  rule<ManagedTargetSpec>(
    'spec.targets[].managed',
    "the receiver's user can't change, for its files are that user's; write another target for another user",
    ({ user }, old) => old === undefined || (user?.uid === old.user?.uid && user?.gid === old.user?.gid),
    '.user',
  ),
  ...(['uid', 'gid'] as const).map((id) =>
    rule<number>(
      `spec.targets[].managed.user.${id}`,
      'a user or group is a number from 1 to 2147483647; root is access Elevated',
      within(1, 2_147_483_647),
    ),
  ),
  relativeRule('spec.targets[].managed.path'),
  plainRule('spec.targets[].managed.path'),
  rule<string>(
    'spec.targets[].managed.storage',
    'a size is a quantity above 0; write for example 50Gi',
    (size) => (parseQuantity(size) ?? 0) > 0,
  ),
  hostRule('spec.targets[].managed.receiver.hostsAllow[]'),
  hostRule('spec.targets[].managed.receiver.hostsDeny[]'),
  rule<number>(
    'spec.targets[].managed.receiver.maxConnections',
    'maxConnections is out of range; write a number from 8 to 4096',
    within(8, 4096),
  ),
  rule<string>(
    'spec.targets[].managed.receiver.comment',
    'a comment is one line and not empty; write for example pictures of the shop',
    (comment) => /^[^\n\r]+$/.test(comment),
  ),
  durationRule('spec.targets[].managed.receiver.timeout'),
  rule<string>('spec.targets[].managed.receiver.timeout', 'timeout is too short; write 10s or more', atLeastMs(10_000)),
  rule<ExternalTargetSpec>(
    'spec.targets[].external',
    'without TLS everything can be read on the way; write tls: Mutual or ServerOnly, or allowPlaintext: true to accept it',
    (external) => external.tls !== 'None' || external.allowPlaintext === true,
    '.tls',
  ),
  rule<ExternalTargetSpec>(
    'spec.targets[].external',
    'tls: Mutual needs a Secret; write secretName, a Secret with username, password, ca.crt, tls.crt and tls.key',
    (external) => external.tls !== 'Mutual' || external.secretName !== undefined,
    '.secretName',
  ),
  addressRule('spec.targets[].external.address'),
  portRule('spec.targets[].external.port'),
  rule<string>(
    'spec.targets[].external.module',
    'a module is one name without slashes; write letters, digits, dashes, dots and underscores, for example uploads',
    (module) => /^[A-Za-z0-9_]([-A-Za-z0-9_.]*)$/.test(module),
  ),
  ...sshRules,
  durationRule('spec.targets[].maxLag'),
  patternRule('spec.targets[].filter.exclude[]'),
  patternRule('spec.targets[].filter.include[]'),
  fileSizeRule('spec.targets[].filter.maxFileSize'),
  workersRule('spec.targets[].sync.workers'),
  bandwidthRule('spec.targets[].sync.bandwidthLimit'),
  fileSizeRule('spec.targets[].sync.lowPriorityAbove'),
  ...scheduleRules('spec.targets[].sync.fullPass.schedule'),
  rule<HookSpec[]>(
    'spec.hooks',
    'two hooks have one name; write another name for one of them',
    (hooks) => new Set(hooks.map((hook) => hook.name)).size === hooks.length,
  ),
  rule<HookSpec>(
    'spec.hooks[]',
    'a hook is one of http, webhook and file; write exactly one of them',
    ({ http, webhook, file }) => [http, webhook, file].filter((one) => one !== undefined).length === 1,
  ),
  rule<HookSpec>(
    'spec.hooks[]',
    '{path}, {from} and {operation} are of one event; write batchSize: 1, or {paths} or {events} in the body',
    ({ http, batchSize = 1 }) =>
      http === undefined || batchSize === 1 || !/\{(path|from|operation)\}/.test(http.url + (http.bodyTemplate ?? '')),
    '.batchSize',
  ),
  rule<string>(
    'spec.hooks[].name',
    "a hook's name is a DNS label; write lower-case letters, digits and dashes, for example purge-cdn",
    (name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name),
  ),
  patternRule('spec.hooks[].paths[]'),
  durationRule('spec.hooks[].debounce'),
  rule<number>('spec.hooks[].batchSize', 'batchSize is out of range; write a number from 1 to 1000', within(1, 1_000)),
  ...(['http', 'webhook'] as const).flatMap((kind) => [
    rule<string>(
      `spec.hooks[].${kind}.url`,
      'a URL begins with http:// or https:// and has no blanks; write for example http://cdn.shop.svc/purge',
      (url) => /^https?:\/\/[^/\s]+\S*$/.test(url),
    ),
    durationRule(`spec.hooks[].${kind}.timeout`),
  ]),
  rule<string>(
    'spec.hooks[].file.maxSize',
    'a file of a hook has 4Ki to 1Gi; write for example 16Mi',
    (size) => (parseQuantity(size) ?? 0) >= 4_096 && (parseQuantity(size) ?? 0) <= 1_073_741_824,
  ),
  rule<number>('spec.hooks[].file.keep', 'keep is out of range; write a number from 1 to 100', within(1, 100)),
  patternRule('spec.filter.exclude[]'),
  patternRule('spec.filter.include[]'),
  fileSizeRule('spec.filter.maxFileSize'),
  rule<string[]>(
    'spec.events',
    'events is empty, so nothing would be copied at once; write at least one of Write, Create, Delete, Move, Attributes',
    (events) => events.length > 0,
  ),
  durationRule('spec.sync.minInterval'),
  durationRule('spec.sync.maxDelay'),
  rule<string>('spec.sync.maxDelay', 'maxDelay is too short; write 10ms or more', atLeastMs(10)),
  workersRule('spec.sync.workers'),
  durationRule('spec.sync.lockTimeout'),
  rule<string>('spec.sync.lockTimeout', 'lockTimeout is too short; write 1s or more', atLeastMs(1_000)),
  rule<number>(
    'spec.sync.deleteGuard.maxPercent',
    'maxPercent is out of range; write a number from 0 to 100',
    within(0, 100),
  ),
  rule<number>('spec.sync.deleteGuard.minFiles', 'minFiles is negative; write 0 or more', (files) => files >= 0),
  durationRule('spec.sync.deleteGuard.keep'),
  bandwidthRule('spec.sync.bandwidthLimit'),
  fileSizeRule('spec.sync.lowPriorityAbove'),
  ...scheduleRules('spec.sync.fullPass.schedule'),
  patternRule('spec.sync.fullPass.filter.exclude[]'),
  durationRule('spec.sync.fullPass.jitter'),
  ...checkpointRules,
  ...scheduleRules('spec.verify.schedule'),
  rule<string>(
    'spec.verify.readLimit',
    'a read limit is a quantity of bytes a second, 1Ki or more; write for example 100Mi',
    (limit) => (parseQuantity(limit) ?? 0) >= 1024,
  ),
  rule<RetrySpec>(
    'spec.retry',
    'max is shorter than initial; write a longer max, for example 5m',
    (retry) => (parseDuration(retry.max ?? '') ?? Infinity) >= (parseDuration(retry.initial ?? '') ?? 0),
    '.max',
  ),
  durationRule('spec.retry.initial'),
  rule<string>('spec.retry.initial', 'initial is too short; write 10ms or more', atLeastMs(10)),
  durationRule('spec.retry.max'),
  durationRule('spec.maxLag'),
  rule<number>(
    'spec.minInSync',
    'minInSync is negative; write a number from 0 to the number of targets',
    (count) => count >= 0,
  ),
  ...agentRules,
];
