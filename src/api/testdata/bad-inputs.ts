/**
 * Specs that can't work, each with the sentence that parse and the apiserver answer. One table: the unit test of parse
 * runs it here, and a scenario applies it to a real apiserver.
 */
export interface BadInput {
  readonly title: string;
  /** The spec of a SyncReplica. */
  readonly spec: unknown;
  /** The spec before an update, for what may not change. */
  readonly previous?: unknown;
  readonly field: string;
  /** What the answer holds, word for word. */
  readonly sentence: string;
}

const source = { persistentVolumeClaim: 'uploads' };
const managed = { storage: '10Gi' };
const dr = { name: 'dr', managed };
const targets = [dr];
const receiver = { address: 'backup.example.com', module: 'uploads', secretName: 'offsite' };

const withSync = (sync: object): unknown => ({ source, targets, sync });
const withOwn = (own: object): unknown => ({ source, targets: [{ ...dr, ...own }] });
const withAgent = (agent: object): unknown => ({ source, targets, agent });
const withHook = (hook: object): unknown => ({ source, targets, hooks: [{ name: 'purge', ...hook }] });
const behindSshd = { address: 'backup.example.com', user: 'shop', path: '/srv/shop', secretName: 'offsite' };
const withSsh = (own: object): unknown => ({ source, targets: [{ name: 'offsite', ssh: { ...behindSshd, ...own } }] });
const withExternal = (external: object): unknown => ({ source, targets: [{ name: 'offsite', external }] });

const duration = 'a duration needs a unit; write for example 500ms, 10s, 5m or 1h30m';
const cron = 'a schedule is a cron expression of five fields; write for example 0 3 * * * or @hourly';
const pattern = 'a filter pattern is one line and not empty; write for example *.tmp or /cache/';
const host = 'an address is a host name or an IP address without scheme, port or path; write for example backup.example.com';
const eitherSource =
  'a source is a claim, a volume of selected pods, or elsewhere; write one of persistentVolumeClaim, podSelector with volume, and elsewhere: true';
const eitherClaim =
  'a managed target has claims of its own or one that exists; write exactly one of storage and claimName';
const sourceFixed = "a source can't change but for its path; write another SyncReplica for another source";

const row = (title: string, spec: unknown, field: string, sentence: string, previous?: unknown): BadInput => ({
  title,
  spec,
  field,
  sentence,
  ...(previous === undefined ? {} : { previous }),
});

export const badInputs: readonly BadInput[] = [
  row('no source', { targets }, 'spec.source', 'Required value'),
  row('no targets field', { source }, 'spec.targets', 'Required value'),
  row(
    'no target',
    { source, targets: [], minInSync: 0 },
    'spec.targets',
    'a SyncReplica needs a target; write for example targets: [{name: dr, managed: {storage: 10Gi}}]',
  ),
  row('unknown field', { source, targets, sycn: {} }, 'spec.sycn', 'unknown field "spec.sycn"'),
  row(
    'unknown field in a list',
    { source, targets: [{ ...dr, adress: 'x' }] },
    'spec.targets[0].adress',
    'unknown field "spec.targets[0].adress"',
  ),
  row('wrong type', withSync({ workers: 'four' }), 'spec.sync.workers', 'must be of type integer: "string"'),
  row(
    'wrong word',
    withSync({ delete: 'Mirrored' }),
    'spec.sync.delete',
    'Unsupported value: "Mirrored": supported values: "Mirror", "Keep"',
  ),
  row('source of two kinds', { source: { ...source, podSelector: {}, volume: 'data' }, targets }, 'spec.source', eitherSource),
  row('source here and elsewhere', { source: { ...source, elsewhere: true }, targets }, 'spec.source', eitherSource),
  row(
    'source that is not elsewhere',
    { source: { elsewhere: false }, targets },
    'spec.source.elsewhere',
    'a source is not elsewhere when it is here; leave elsewhere out, or write elsewhere: true',
  ),
  row(
    'external target of a source elsewhere',
    { source: { elsewhere: true }, targets: [{ name: 'offsite', external: receiver }] },
    'spec.targets',
    'who writes an external target is named where the source is; write managed targets for a source that is elsewhere',
  ),
  row('source of no kind', { source: { path: 'images' }, targets }, 'spec.source', eitherSource),
  row(
    'podSelector without volume',
    { source: { podSelector: { matchLabels: { app: 'web' } } }, targets },
    'spec.source',
    "podSelector and volume go together; write both, volume being the name of a volume in the pods' spec",
  ),
  row(
    'absolute path',
    { source: { ...source, path: '/images' }, targets },
    'spec.source.path',
    "a path is relative to the volume's root; write it without the leading slash, for example images",
  ),
  row(
    'path with ..',
    { source: { ...source, path: 'images/../../etc' }, targets },
    'spec.source.path',
    "a path can't hold .. or .; write it as it is below the volume's root, for example site/images",
  ),
  row(
    'another claim',
    { source: { persistentVolumeClaim: 'other' }, targets },
    'spec.source',
    sourceFixed,
    { source, targets },
  ),
  row('another access', { source: { ...source, access: 'Elevated' }, targets }, 'spec.source', sourceFixed, {
    source,
    targets,
  }),
  row(
    'two targets of one name',
    { source, targets: [dr, dr] },
    'spec.targets',
    'two targets have one name; write another name for one of them',
  ),
  row(
    'too many targets',
    { source, targets: Array.from({ length: 17 }, (_, index) => ({ name: `t${index}`, managed })) },
    'spec.targets',
    'must have at most 16 items',
  ),
  row(
    'target name that is no label',
    { source, targets: [{ name: 'DR site', managed }] },
    'spec.targets[0].name',
    "a target's name is a DNS label; write lower-case letters, digits and dashes, for example dr",
  ),
  row(
    'claims of both kinds',
    { source, targets: [{ name: 'dr', managed: { storage: '1Gi', claimName: 'old' } }] },
    'spec.targets[0].managed',
    eitherClaim,
  ),
  row('claims of no kind', { source, targets: [{ name: 'dr', managed: {} }] }, 'spec.targets[0].managed', eitherClaim),
  row(
    'the StorageClass of an existing claim',
    { source, targets: [{ name: 'dr', managed: { claimName: 'old', storageClassName: 'fast' } }] },
    'spec.targets[0].managed.storageClassName',
    'an existing claim keeps its StorageClass; leave storageClassName out',
  ),
  row(
    'a path of a claim that is to be made',
    { source, targets: [{ name: 'dr', managed: { storage: '1Gi', path: 'images' } }] },
    'spec.targets[0].managed.path',
    'a path is that of an existing claim; write claimName too',
  ),
  row(
    'a path out of an existing claim',
    { source, targets: [{ name: 'dr', managed: { claimName: 'old', path: '../etc' } }] },
    'spec.targets[0].managed.path',
    "a path can't hold .. or .; write it as it is below the volume's root, for example site/images",
  ),
  row(
    'the source as its own target',
    { source, targets: [{ name: 'dr', managed: { claimName: 'uploads' } }] },
    'spec.targets',
    "a target is the source's own claim; write another claimName",
  ),
  row(
    'target of no kind',
    { source, targets: [{ name: 'dr' }] },
    'spec.targets[0]',
    'a target is one of managed, external and ssh; write exactly one of them',
  ),
  row(
    'target of two kinds',
    { source, targets: [{ ...dr, external: receiver }] },
    'spec.targets[0]',
    'a target is one of managed, external and ssh; write exactly one of them',
  ),
  ...['ten', '0', '-5Gi', '10GB'].map((storage) =>
    row(
      `size ${storage}`,
      { source, targets: [{ name: 'dr', managed: { storage } }] },
      'spec.targets[0].managed.storage',
      'a size is a quantity above 0; write for example 50Gi',
    ),
  ),
  ...['rsync://backup.example.com', 'backup.example.com:873', 'backup.example.com/data', '', '-v'].map((address) =>
    row(`address ${address}`, withExternal({ ...receiver, address }), 'spec.targets[0].external.address', host),
  ),
  ...[0, 65_536, -1].map((port) =>
    row(
      `port ${port}`,
      withExternal({ ...receiver, port }),
      'spec.targets[0].external.port',
      'a port is out of range; write a number from 1 to 65535',
    ),
  ),
  ...['shop/uploads', '../etc', '', '-v'].map((module) =>
    row(
      `module ${module}`,
      withExternal({ ...receiver, module }),
      'spec.targets[0].external.module',
      'a module is one name without slashes; write letters, digits, dashes, dots and underscores, for example uploads',
    ),
  ),
  row(
    'no TLS, not accepted',
    withExternal({ ...receiver, tls: 'None' }),
    'spec.targets[0].external.tls',
    'without TLS everything can be read on the way; write tls: Mutual or ServerOnly, or allowPlaintext: true to accept it',
  ),
  row(
    'mutual TLS without a Secret',
    withExternal({ address: 'backup.example.com', module: 'uploads' }),
    'spec.targets[0].external.secretName',
    'tls: Mutual needs a Secret; write secretName, a Secret with username, password, ca.crt, tls.crt and tls.key',
  ),
  row(
    'target of two kinds elsewhere',
    { source, targets: [{ name: 'offsite', external: receiver, ssh: behindSshd }] },
    'spec.targets[0]',
    'a target is one of managed, external and ssh; write exactly one of them',
  ),
  row('no Secret of ssh', withSsh({ secretName: undefined }), 'spec.targets[0].ssh.secretName', 'Required value'),
  row('URL of ssh', withSsh({ address: 'rsync+ssh://backup' }), 'spec.targets[0].ssh.address', host),
  row(
    'port of ssh',
    withSsh({ port: 0 }),
    'spec.targets[0].ssh.port',
    'a port is out of range; write a number from 1 to 65535',
  ),
  ...['-oProxyCommand=x', '', 'a b', 'a@b'].map((user) =>
    row(
      `user ${user}`,
      withSsh({ user }),
      'spec.targets[0].ssh.user',
      "a user's name has letters, digits, dots, dashes and underscores, and begins with none of the last three",
    ),
  ),
  ...['srv', '/', '//', "/srv/it's", '/a"b', '/a\nb', ''].map((path) =>
    row(
      `path ${path} over ssh`,
      withSsh({ path }),
      'spec.targets[0].ssh.path',
      'a directory over ssh is an absolute path without quotes; write for example /srv/photos',
    ),
  ),
  row('empty pattern', { source, targets, filter: { exclude: [''] } }, 'spec.filter.exclude[0]', pattern),
  row(
    'pattern of two lines',
    { source, targets, filter: { include: ['a', 'b\nc'] } },
    'spec.filter.include[1]',
    pattern,
  ),
  row(
    'no events',
    { source, targets, events: [] },
    'spec.events',
    'events is empty, so nothing would be copied at once; write at least one of Write, Create, Delete, Move, Attributes',
  ),
  row('an event twice', { source, targets, events: ['Write', 'Write'] }, 'spec.events[1]', 'Duplicate value: "Write"'),
  ...['10', '5 s', '-5s', 'soon', '1d', ''].map((minInterval) =>
    row(`duration ${minInterval}`, withSync({ minInterval }), 'spec.sync.minInterval', duration),
  ),
  row(
    'lockTimeout of 999ms',
    withSync({ lockTimeout: '999ms' }),
    'spec.sync.lockTimeout',
    'lockTimeout is too short; write 1s or more',
  ),
  row('maxDelay of 9ms', withSync({ maxDelay: '9ms' }), 'spec.sync.maxDelay', 'maxDelay is too short; write 10ms or more'),
  row('maxDelay without unit', withSync({ maxDelay: '100' }), 'spec.sync.maxDelay', duration),
  ...[0, 33].map((workers) =>
    row(
      `${workers} workers`,
      withSync({ workers }),
      'spec.sync.workers',
      'workers is out of range; write a number from 1 to 32',
    ),
  ),
  ...[-1, 101].map((maxPercent) =>
    row(
      `guard of ${maxPercent} %`,
      withSync({ deleteGuard: { maxPercent } }),
      'spec.sync.deleteGuard.maxPercent',
      'maxPercent is out of range; write a number from 0 to 100',
    ),
  ),
  row(
    'guard of -1 files',
    withSync({ deleteGuard: { minFiles: -1 } }),
    'spec.sync.deleteGuard.minFiles',
    'minFiles is negative; write 0 or more',
  ),
  ...['fast', '10', '50MB', '-1Mi'].map((bandwidthLimit) =>
    row(
      `limit ${bandwidthLimit}`,
      withSync({ bandwidthLimit }),
      'spec.sync.bandwidthLimit',
      'a bandwidth limit is a quantity of bytes a second, 1Ki or more; write for example 50Mi',
    ),
  ),
  ...['hourly', '@often', '0 3 * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '* * * * 8', '5/10 * * * *', '*/61 * * * *', '* * * * * *', ''].map(
    (schedule) => row(`schedule ${schedule}`, withSync({ fullPass: { schedule } }), 'spec.sync.fullPass.schedule', cron),
  ),
  row(
    'schedule with a range that runs backwards',
    withSync({ fullPass: { schedule: '30-10 * * * *' } }),
    'spec.sync.fullPass.schedule',
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
  ),
  row(
    'a read limit of 1 byte',
    { source, targets, verify: { readLimit: '1' } },
    'spec.verify.readLimit',
    'a read limit is a quantity of bytes a second, 1Ki or more; write for example 100Mi',
  ),
  row(
    'an application elsewhere that is to be still',
    { source, targets, checkpoints: { stillUrl: 'http://db.example.com/still' } },
    'spec.checkpoints.stillUrl',
    'the application is told on the loopback of its own pod or machine; write for example http://127.0.0.1:8080/still',
  ),
  row(
    'an application that is to be still for an hour',
    { source, targets, checkpoints: { stillUrl: 'http://127.0.0.1/', timeout: '1h' } },
    'spec.checkpoints.timeout',
    'an application is still for 1s to 5m; write for example 30s',
  ),
  row(
    'an application that is to be still for 30',
    { source, targets, checkpoints: { stillUrl: 'http://127.0.0.1/', timeout: '30' } },
    'spec.checkpoints.timeout',
    duration,
  ),
  row(
    'a checkpoint at no time',
    { source, targets, checkpoints: { stillUrl: 'http://127.0.0.1/', schedule: 'nightly' } },
    'spec.checkpoints.schedule',
    cron,
  ),
  row(
    'a checkpoint by a schedule that runs backwards',
    { source, targets, checkpoints: { stillUrl: 'http://127.0.0.1/', schedule: '30-10 * * * *' } },
    'spec.checkpoints.schedule',
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
  ),
  row(
    'a verification at no time',
    { source, targets, verify: { schedule: 'nightly' } },
    'spec.verify.schedule',
    cron,
  ),
  row(
    'a verification by a schedule that runs backwards',
    { source, targets, verify: { schedule: '30-10 * * * *' } },
    'spec.verify.schedule',
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
  ),
  row('jitter without unit', withSync({ fullPass: { jitter: '10' } }), 'spec.sync.fullPass.jitter', duration),
  row(
    'retry of 1ms',
    { source, targets, retry: { initial: '1ms' } },
    'spec.retry.initial',
    'initial is too short; write 10ms or more',
  ),
  row('retry without unit', { source, targets, retry: { max: '5' } }, 'spec.retry.max', duration),
  row(
    'retry that shrinks',
    { source, targets, retry: { initial: '10s', max: '5s' } },
    'spec.retry.max',
    'max is shorter than initial; write a longer max, for example 5m',
  ),
  row('maxLag without unit', { source, targets, maxLag: '10' }, 'spec.maxLag', duration),
  row(
    'minInSync above the targets',
    { source, targets, minInSync: 2 },
    'spec.minInSync',
    'minInSync is more than there are targets; write a number from 0 to the number of targets',
  ),
  row(
    'minInSync below 0',
    { source, targets, minInSync: -1 },
    'spec.minInSync',
    'minInSync is negative; write a number from 0 to the number of targets',
  ),
  row("a target's maxLag without unit", withOwn({ maxLag: '10' }), 'spec.targets[0].maxLag', duration),
  row("a target's empty pattern", withOwn({ filter: { exclude: [''] } }), 'spec.targets[0].filter.exclude[0]', pattern),
  row("a target's pattern of two lines", withOwn({ filter: { include: ['a\nb'] } }), 'spec.targets[0].filter.include[0]', pattern),
  row(
    "a target's 0 workers",
    withOwn({ sync: { workers: 0 } }),
    'spec.targets[0].sync.workers',
    'workers is out of range; write a number from 1 to 32',
  ),
  row(
    "a target's limit 10",
    withOwn({ sync: { bandwidthLimit: '10' } }),
    'spec.targets[0].sync.bandwidthLimit',
    'a bandwidth limit is a quantity of bytes a second, 1Ki or more; write for example 50Mi',
  ),
  ...['0', '1GB', 'big', '-1'].map((maxFileSize) =>
    row(
      `files of ${maxFileSize}`,
      { source, targets, filter: { maxFileSize } },
      'spec.filter.maxFileSize',
      'a size of files is a quantity of bytes, 1 or more; write for example 1Gi',
    ),
  ),
  row(
    'low priority above nothing',
    withSync({ lowPriorityAbove: '0' }),
    'spec.sync.lowPriorityAbove',
    'a size of files is a quantity of bytes, 1 or more; write for example 1Gi',
  ),
  row(
    "a target's files of all",
    withOwn({ filter: { maxFileSize: 'all' } }),
    'spec.targets[0].filter.maxFileSize',
    'a size of files is a quantity of bytes, 1 or more; write for example 1Gi',
  ),
  row(
    "a target's low priority above 0.1",
    withOwn({ sync: { lowPriorityAbove: '0.1' } }),
    'spec.targets[0].sync.lowPriorityAbove',
    'a size of files is a quantity of bytes, 1 or more; write for example 1Gi',
  ),
  row(
    'a user for root',
    withOwn({ managed: { ...managed, access: 'Elevated', user: { uid: 7 } } }),
    'spec.targets[0].managed.user',
    'an Elevated receiver is root; leave user out, or write access SameUser',
  ),
  ...[{ uid: 8 }, { uid: 7, gid: 8 }, undefined].map((user) =>
    row(
      `another user ${JSON.stringify(user)}`,
      withOwn({ managed: { ...managed, ...(user ? { user } : {}) } }),
      'spec.targets[0].managed.user',
      "the receiver's user can't change, for its files are that user's; write another target for another user",
      withOwn({ managed: { ...managed, user: { uid: 7 } } }),
    ),
  ),
  row(
    'a user from now on',
    withOwn({ managed: { ...managed, user: { uid: 8 } } }),
    'spec.targets[0].managed.user',
    "the receiver's user can't change, for its files are that user's; write another target for another user",
    withOwn({ managed }),
  ),
  row(
    'root as a number',
    withOwn({ managed: { ...managed, user: { uid: 0 } } }),
    'spec.targets[0].managed.user.uid',
    'a user or group is a number from 1 to 2147483647; root is access Elevated',
  ),
  row(
    'a group beyond all',
    withOwn({ managed: { ...managed, user: { uid: 7, gid: 2_147_483_648 } } }),
    'spec.targets[0].managed.user.gid',
    'a user or group is a number from 1 to 2147483647; root is access Elevated',
  ),
  row(
    'a comment of two lines',
    withOwn({ managed: { ...managed, receiver: { comment: 'a\nb' } } }),
    'spec.targets[0].managed.receiver.comment',
    'a comment is one line and not empty; write for example pictures of the shop',
  ),
  row(
    "a target's schedule hourly",
    withOwn({ sync: { fullPass: { schedule: 'hourly' } } }),
    'spec.targets[0].sync.fullPass.schedule',
    cron,
  ),
  row(
    "a target's schedule with a range that runs backwards",
    withOwn({ sync: { fullPass: { schedule: '30-10 * * * *' } } }),
    'spec.targets[0].sync.fullPass.schedule',
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
  ),
  ...['example.com', '10.0.0.0/33', '1.2.3', '10.0.0.0/8/8', '10.0.0.0/', ''].map((host) =>
    row(
      `a receiver's host ${host}`,
      withOwn({ managed: { ...managed, receiver: { hostsAllow: ['10.0.0.7', 'fd00::/8', host] } } }),
      'spec.targets[0].managed.receiver.hostsAllow[2]',
      'write an address such as 10.0.0.7 or a network such as 10.0.0.0/8',
    ),
  ),
  row(
    "a receiver's host that is denied",
    withOwn({ managed: { ...managed, receiver: { hostsDeny: ['all'] } } }),
    'spec.targets[0].managed.receiver.hostsDeny[0]',
    'write an address such as 10.0.0.7 or a network such as 10.0.0.0/8',
  ),
  row(
    "a receiver's 2 connections",
    withOwn({ managed: { ...managed, receiver: { maxConnections: 2 } } }),
    'spec.targets[0].managed.receiver.maxConnections',
    'maxConnections is out of range; write a number from 8 to 4096',
  ),
  row(
    "a receiver's timeout without unit",
    withOwn({ managed: { ...managed, receiver: { timeout: '60' } } }),
    'spec.targets[0].managed.receiver.timeout',
    duration,
  ),
  row(
    "a receiver's timeout of 1s",
    withOwn({ managed: { ...managed, receiver: { timeout: '1s' } } }),
    'spec.targets[0].managed.receiver.timeout',
    'timeout is too short; write 10s or more',
  ),
  row(
    'snapshots of an external target',
    { source, targets: [{ name: 'offsite', external: receiver, snapshots: { schedule: '@hourly' } }] },
    'spec.targets[0].snapshots',
    'snapshots are taken of claims that the operator made; write them where the receiver of an external target is',
  ),
  row('snapshots by no schedule', withOwn({ snapshots: { schedule: 'hourly' } }), 'spec.targets[0].snapshots.schedule', cron),
  row(
    'snapshots by a schedule that runs backwards',
    withOwn({ snapshots: { schedule: '0 5-1 * * *' } }),
    'spec.targets[0].snapshots.schedule',
    'a range of a schedule runs backwards; write the lower number first, for example 1-5',
  ),
  row(
    'no snapshot kept',
    withOwn({ snapshots: { schedule: '@hourly', keep: 0 } }),
    'spec.targets[0].snapshots.keep',
    'keep is out of range; write a number from 1 to 1000',
  ),
  row(
    'history at an external target',
    { source, targets: [{ name: 'offsite', external: receiver, history: {} }] },
    'spec.targets[0].history',
    'history is kept by a receiver that the operator runs; write it where the receiver of an external target is',
  ),
  row(
    'readers of an external target',
    { source, targets: [{ name: 'offsite', external: receiver, readers: { replicas: 2 } }] },
    'spec.targets[0].readers',
    'readers copy what a receiver of this cluster has; write managed, with storage',
  ),
  row(
    'readers of an existing claim',
    withOwn({ managed: { claimName: 'old' }, readers: { replicas: 2 } }),
    'spec.targets[0].readers',
    'readers copy what a receiver of this cluster has; write managed, with storage',
  ),
  row('readers without a number', withOwn({ readers: {} }), 'spec.targets[0].readers.replicas', 'Required value'),
  row(
    'no readers',
    withOwn({ readers: { replicas: 0 } }),
    'spec.targets[0].readers.replicas',
    'replicas is out of range; write a number from 1 to 500',
  ),
  row(
    'a reader that feeds one',
    withOwn({ readers: { replicas: 2, fanOut: 1 } }),
    'spec.targets[0].readers.fanOut',
    'fanOut is out of range; write a number from 2 to 64',
  ),
  row(
    'claims of no size',
    withOwn({ readers: { replicas: 2, volume: 'Claim' } }),
    'spec.targets[0].readers.size',
    'volume Claim needs a size; write for example size: 10Gi',
  ),
  row(
    'a size of a node',
    withOwn({ readers: { replicas: 2, size: '1Gi' } }),
    'spec.targets[0].readers.size',
    "a directory of the node has the node's size; leave size out, or write volume: Claim",
  ),
  row(
    'readers of size 0',
    withOwn({ readers: { replicas: 2, volume: 'EmptyDir', size: '0' } }),
    'spec.targets[0].readers.size',
    'a size is a quantity above 0; write for example 50Gi',
  ),
  row(
    'a class without a claim',
    withOwn({ readers: { replicas: 2, storageClassName: 'fast' } }),
    'spec.targets[0].readers.storageClassName',
    'only claims have a StorageClass; leave storageClassName out, or write volume: Claim',
  ),
  row(
    'fresh without unit',
    withOwn({ readers: { replicas: 2, freshFor: '30' } }),
    'spec.targets[0].readers.freshFor',
    duration,
  ),
  row(
    'fresh for a second',
    withOwn({ readers: { replicas: 2, freshFor: '1s' } }),
    'spec.targets[0].readers.freshFor',
    'freshFor is too short; write 15s or more',
  ),
  row('history without unit', withOwn({ managed, history: { keep: '24' } }), 'spec.targets[0].history.keep', duration),
  row(
    'history for a second',
    withOwn({ managed, history: { keep: '1s' } }),
    'spec.targets[0].history.keep',
    'history is kept for too short a time; write 1m or more, for example 24h',
  ),
  ...['0%', '101%', '20 %', 'much', '0'].map((maxSize) =>
    row(
      `history of ${maxSize}`,
      withOwn({ managed, history: { maxSize } }),
      'spec.targets[0].history.maxSize',
      'the size of a history is a share from 1% to 100%, or a quantity above 0; write for example 20% or 10Gi',
    ),
  ),
  row('a hook that is nothing', withHook({}), 'spec.hooks[0]', 'a hook is one of http, webhook and file; write exactly one of them'),
  row(
    'a hook that is both',
    withHook({ http: { url: 'http://a' }, webhook: { url: 'http://a' } }),
    'spec.hooks[0]',
    'a hook is one of http, webhook and file; write exactly one of them',
  ),
  row(
    'two hooks of one name',
    { source, targets, hooks: [{ name: 'a', webhook: { url: 'http://a' } }, { name: 'a', webhook: { url: 'http://a' } }] },
    'spec.hooks',
    'two hooks have one name; write another name for one of them',
  ),
  ...['Purge', 'a.b', ''].map((name) =>
    row(
      `a hook's name ${name}`,
      withHook({ name, webhook: { url: 'http://a' } }),
      'spec.hooks[0].name',
      "a hook's name is a DNS label; write lower-case letters, digits and dashes, for example purge-cdn",
    ),
  ),
  ...(['http', 'webhook'] as const).flatMap((kind) => [
    ...['ftp://a', 'http://', 'cdn/purge', 'http://a b'].map((url) =>
      row(
        `${kind} to ${url}`,
        withHook({ [kind]: { url } }),
        `spec.hooks[0].${kind}.url`,
        'a URL begins with http:// or https:// and has no blanks; write for example http://cdn.shop.svc/purge',
      ),
    ),
    row(`${kind} without unit`, withHook({ [kind]: { url: 'http://a', timeout: '10' } }), `spec.hooks[0].${kind}.timeout`, duration),
  ]),
  ...['{path}', '{from}', '{operation}'].map((word) =>
    row(
      `${word} of a batch`,
      withHook({ batchSize: 2, http: { url: 'http://a', bodyTemplate: word } }),
      'spec.hooks[0].batchSize',
      '{path}, {from} and {operation} are of one event; write batchSize: 1, or {paths} or {events} in the body',
    ),
  ),
  row(
    'a file and a request',
    withHook({ http: { url: 'http://a' }, file: {} }),
    'spec.hooks[0]',
    'a hook is one of http, webhook and file; write exactly one of them',
  ),
  row(
    'a file behind an sshd',
    { source, targets: [dr, { name: 'far', ssh: behindSshd }], hooks: [{ name: 'lines', file: {} }] },
    'spec.hooks',
    'a plain rsync daemon keeps no file of a hook; write targets with the names of receivers, for example targets: [dr]',
  ),
  row(
    'a file at a plain daemon',
    {
      source,
      targets: [dr, { name: 'far', external: { address: 'a', module: 'm', tls: 'ServerOnly' } }],
      hooks: [{ name: 'lines', file: {} }],
    },
    'spec.hooks',
    'a plain rsync daemon keeps no file of a hook; write targets with the names of receivers, for example targets: [dr]',
  ),
  ...['1Ki', '2Gi', 'much'].map((maxSize) =>
    row(
      `a file of ${maxSize}`,
      withHook({ file: { maxSize } }),
      'spec.hooks[0].file.maxSize',
      'a file of a hook has 4Ki to 1Gi; write for example 16Mi',
    ),
  ),
  row(
    'none kept',
    withHook({ file: { keep: 0 } }),
    'spec.hooks[0].file.keep',
    'keep is out of range; write a number from 1 to 100',
  ),
  row('a batch of 0', withHook({ batchSize: 0, webhook: { url: 'http://a' } }), 'spec.hooks[0].batchSize', 'batchSize is out of range; write a number from 1 to 1000'),
  row('an empty pattern of a hook', withHook({ paths: [''], webhook: { url: 'http://a' } }), 'spec.hooks[0].paths[0]', pattern),
  row('a debounce without unit', withHook({ debounce: '1', webhook: { url: 'http://a' } }), 'spec.hooks[0].debounce', duration),
  row(
    'an empty pattern of the schedule',
    withSync({ fullPass: { filter: { exclude: ['/a/', ''] } } }),
    'spec.sync.fullPass.filter.exclude[1]',
    pattern,
  ),
  ...['0', '-1', 'much'].map((cpu) =>
    row(
      `an agent with ${cpu} CPUs`,
      withAgent({ resources: { requests: { cpu } } }),
      'spec.agent.resources.requests.cpu',
      'cpu and memory are quantities above 0; write for example 250m or 256Mi',
    ),
  ),
  ...['requests', 'limits'].map((part) =>
    row(
      `an agent with too little memory in its ${part}`,
      withAgent({ resources: { [part]: { memory: '31Mi' } } }),
      `spec.agent.resources.${part}.memory`,
      'with so little memory an agent is killed before it has sent anything; write 32Mi or more, for example 256Mi',
    ),
  ),
  ...[{ cpu: ['1', '500m'] }, { memory: ['1Gi', '512Mi'] }].map((pair) => {
    const [[kind, [request, limit]]] = Object.entries(pair) as [[string, [string, string]]];
    return row(
      `an agent that asks for more ${kind} than it may take`,
      withAgent({ resources: { requests: { [kind]: request }, limits: { [kind]: limit } } }),
      'spec.agent.resources.requests',
      'a request is more than its limit; write a smaller request or a larger limit',
    );
  }),
  row(
    'a variable twice',
    withAgent({ extraEnv: [{ name: 'TZ', value: 'UTC' }, { name: 'TZ', value: 'CET' }] }),
    'spec.agent.extraEnv',
    'two variables have one name; leave one of them out',
  ),
  row(
    'a variable with a dash',
    withAgent({ extraEnv: [{ name: 'A-B', value: '' }] }),
    'spec.agent.extraEnv[0].name',
    "a variable's name is letters, digits and underscores, and begins with no digit; write for example TZ",
  ),
  ...['POD_NAME', 'POD_UID', 'PATH', 'SYNCREPLICA_LOG_LEVEL', 'RSYNC_PROXY', 'NODE_OPTIONS', 'LD_PRELOAD', 'OPENSSL_CONF'].map((name) =>
    row(
      `the agent's own ${name}`,
      withAgent({ extraEnv: [{ name, value: 'x' }] }),
      'spec.agent.extraEnv[0].name',
      "the agent's own variables can't be set here (POD_NAME, POD_UID, PATH, GCONV_PATH, GLIBC_TUNABLES, and what begins with SYNCREPLICA_, RSYNC_, NODE_, LD_ or OPENSSL_); leave it out",
    ),
  ),
];
