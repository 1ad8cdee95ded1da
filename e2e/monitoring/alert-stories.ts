/** What the programs say in the course of a story, as promtool writes series; sampled every 30 s. */
export interface Story {
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked which alerts fire. */
  readonly at: string;
  readonly fires: readonly string[];
}

const of = 'replica_namespace="shop",replica="uploads",volume="uploads",target="dr"';
const object = 'replica_namespace="shop",replica="uploads"';
const source = 'job="o",instance="i"';
const receiver = 'replica_namespace="shop",replica="uploads",target="dr",pod="uploads-dr-0"';
/** Far more than any certificate's limit after the start of time. */
const inAMonth = '2592000x400';

/** One replica that is well, for 200 minutes. */
const well: Readonly<Record<string, string>> = {
  [`leader_election_master_status{name="syncreplica-operator",${source}}`]: '1x400',
  [`syncreplica_replica_lag_seconds{${of},${source}}`]: '0x400',
  [`syncreplica_replica_state{${of},${source},state="Online"}`]: '1x400',
  [`syncreplica_replica_state{${of},${source},state="Offline"}`]: '0x400',
  [`syncreplica_replica_state{${of},${source},state="New"}`]: '0x400',
  [`syncreplica_replica_source_pods{${of},${source}}`]: '1x400',
  [`syncreplica_replica_paused{${of},${source}}`]: '0x400',
  [`syncreplica_replica_deletes_held{${of},${source}}`]: '0x400',
  [`syncreplica_replica_divergent_files{${of},${source}}`]: '0x400',
  [`syncreplica_in_sync_replicas{${object},${source}}`]: '1x400',
  [`syncreplica_expected_replicas{${object},${source}}`]: '1x400',
  [`syncreplica_pods_missing_sidecar{${object},${source}}`]: '0x400',
  [`syncreplica_reconcile_total{${source},result="error"}`]: '0x400',
  [`syncreplica_webhook_requests_total{${source},result="failed"}`]: '0x400',
  [`syncreplica_certificate_expiry_timestamp_seconds{${source},certificate="webhook"}`]: inAMonth,
  [`syncreplica_receiver_certificate_expiry_timestamp_seconds{${receiver}}`]: inAMonth,
  [`syncreplica_receiver_volume_free_bytes{${receiver}}`]: '50x400',
  [`syncreplica_receiver_volume_size_bytes{${receiver}}`]: '100x400',
  [`syncreplica_syncs_total{${of},result="success"}`]: '0+1x400',
  [`syncreplica_syncs_total{${of},result="failure"}`]: '0x400',
  [`syncreplica_last_full_pass_timestamp_seconds{${of}}`]: '60x400',
  [`syncreplica_full_pass_due_timestamp_seconds{${of}}`]: '0x400',
  [`syncreplica_watch_overflows_total{${object},volume="uploads"}`]: '0x400',
  [`syncreplica_watched_directories{${object},volume="uploads"}`]: '10x400',
  [`syncreplica_watch_limit{${object},volume="uploads"}`]: '100x400',
};

const lag = `syncreplica_replica_lag_seconds{${of},${source}}`;
const state = (name: string): string => `syncreplica_replica_state{${of},${source},state="${name}"}`;
const pods = `syncreplica_replica_source_pods{${of},${source}}`;
const paused = `syncreplica_replica_paused{${of},${source}}`;
const inSync = `syncreplica_in_sync_replicas{${object},${source}}`;
const success = `syncreplica_syncs_total{${of},result="success"}`;
const failure = `syncreplica_syncs_total{${of},result="failure"}`;
const passed = `syncreplica_last_full_pass_timestamp_seconds{${of}}`;
const passDue = `syncreplica_full_pass_due_timestamp_seconds{${of}}`;
const overflows = `syncreplica_watch_overflows_total{${object},volume="uploads"}`;
const agentsOwn = [success, failure, passed, passDue, ...Object.keys(well).filter((one) => one.includes('_watch'))];

/** Series that end after some minutes, as an agent's do with its pod. */
const ended = (minutes: number): Record<string, string> =>
  Object.fromEntries(agentsOwn.map((one) => [one, `1x${minutes * 2} stale`]));

export const stories: readonly Story[] = [
  { name: 'all is well', series: well, at: '60m', fires: [] },
  { name: 'a burst that is sent within two minutes', series: { ...well, [lag]: '0+30x4 0x100' }, at: '3m', fires: [] },
  {
    name: 'a target falls behind for some minutes',
    series: { ...well, [lag]: '0+30x28' },
    at: '10m',
    fires: ['SyncReplicaLagging'],
  },
  {
    name: 'it stays behind: who was warned is now woken',
    series: { ...well, [lag]: '0+30x100' },
    at: '20m',
    fires: ['SyncReplicaLaggingBadly'],
  },
  {
    name: 'the pod is deleted while it is behind',
    series: {
      ...well,
      ...ended(5),
      [lag]: '0+30x100',
      [state('Online')]: '1x10 0x90',
      [state('Offline')]: '0x10 1x90',
      [pods]: '1x10 0x90',
    },
    at: '20m',
    fires: ['SyncReplicaLaggingBadly'],
  },
  {
    name: 'the link heals',
    series: { ...well, [lag]: '0+30x40 0x100', [state('Offline')]: '0x2 1x38 0x100' },
    at: '25m',
    fires: [],
  },
  {
    name: 'a target is cut off, and nothing was written since',
    series: { ...well, [state('Online')]: '0x100', [state('Offline')]: '1x100' },
    at: '10m',
    fires: ['SyncReplicaOffline'],
  },
  {
    name: 'a CronJob between its runs',
    series: {
      ...well,
      ...ended(5),
      [state('Online')]: '1x10 0x390',
      [state('Offline')]: '0x10 1x390',
      [pods]: '1x10 0x390',
      [inSync]: '1x10 0x390',
    },
    at: '180m',
    fires: [],
  },
  {
    name: 'a Deployment that is scaled to zero',
    series: {
      ...well,
      ...ended(1),
      [state('Online')]: '0x400',
      [state('Offline')]: '1x400',
      [pods]: '0x400',
      [inSync]: '0x400',
    },
    at: '120m',
    fires: [],
  },
  {
    name: 'no target is in sync',
    series: { ...well, [inSync]: '0x100' },
    at: '15m',
    fires: ['SyncReplicaNoneInSync'],
  },
  {
    name: 'a long first pass',
    series: { ...well, [inSync]: '0x400', [state('New')]: '1x400', [state('Online')]: '0x400' },
    at: '120m',
    fires: [],
  },
  {
    name: 'a target that is promoted is in use in place of its source',
    series: { ...well, [inSync]: '0x400', [state('Promoted')]: '1x400', [state('Online')]: '0x400' },
    at: '120m',
    fires: [],
  },
  {
    name: 'every target is paused in the spec',
    series: { ...well, [inSync]: '0x400', [paused]: '1x400' },
    at: '120m',
    fires: [],
  },
  {
    name: 'a target is paused in the spec while the application goes on writing',
    series: {
      ...well,
      [lag]: '0+30x400',
      [inSync]: '0x400',
      [state('Online')]: '0x400',
      [state('Offline')]: '1x400',
      [failure]: '0+1x20 20x380',
      [success]: '5x400',
      [paused]: '0x20 1x380',
    },
    at: '120m',
    fires: [],
  },
  {
    name: 'one target is paused, and the other falls behind and is offline',
    series: {
      ...well,
      [lag]: '0+30x400',
      [state('Online')]: '0x400',
      [state('Offline')]: '1x400',
      [paused.replace('"dr"', '"offsite"')]: '1x400',
      [lag.replace('"dr"', '"offsite"')]: '0+30x400',
    },
    at: '60m',
    fires: ['SyncReplicaLaggingBadly', 'SyncReplicaOffline'],
  },
  {
    name: 'runs to one target fail while the other is paused',
    series: {
      ...well,
      [success]: '5x100',
      [failure]: '0+1x100',
      [paused.replace('"dr"', '"offsite"')]: '1x100',
    },
    at: '40m',
    fires: ['SyncReplicaSyncFailing'],
  },
  {
    name: 'a target that was behind is promoted: its source owes it nothing any more',
    series: {
      ...well,
      [lag]: '0+30x40 0x360',
      [inSync]: '0x400',
      [state('Online')]: '1x40 0x360',
      [state('Promoted')]: '0x40 1x360',
    },
    at: '60m',
    fires: [],
  },
  {
    name: 'a promoted target is demoted: its source is sent to it within minutes',
    series: {
      ...well,
      [lag]: '0x44 0+30x3 0x300',
      [inSync]: '0x47 1x350',
      [state('Promoted')]: '1x40 0x360',
      [state('Offline')]: '0x40 1x4 0x350',
      [state('Online')]: '0x44 1x350',
    },
    at: '23m',
    fires: [],
  },
  {
    name: 'one target is paused in the spec and the other is not in sync',
    series: { ...well, [inSync]: '0x400', [paused.replace('"dr"', '"offsite"')]: '1x400' },
    at: '15m',
    fires: ['SyncReplicaNoneInSync'],
  },
  {
    name: 'a pause is over, and nothing comes through',
    series: { ...well, [inSync]: '0x400', [paused]: '1x40 0x360' },
    at: '40m',
    fires: ['SyncReplicaNoneInSync'],
  },
  {
    name: 'deletions are held',
    series: { ...well, [`syncreplica_replica_deletes_held{${of},${source}}`]: '0x4 4212x100' },
    at: '15m',
    fires: ['SyncReplicaDeletesHeld'],
  },
  {
    name: 'a target rotted and is mended',
    series: { ...well, [`syncreplica_replica_divergent_files{${of},${source}}`]: '0x4 3x10 0x100' },
    at: '15m',
    fires: [],
  },
  {
    name: 'a target differs and nobody mends it',
    series: { ...well, [`syncreplica_replica_divergent_files{${of},${source}}`]: '0x4 3x100' },
    at: '20m',
    fires: ['SyncReplicaDiverged'],
  },
  {
    name: 'a pod started without its agent',
    series: { ...well, [`syncreplica_pods_missing_sidecar{${object},${source}}`]: '2x100' },
    at: '15m',
    fires: ['SyncReplicaPodsMissingSidecar'],
  },
  {
    name: 'every run fails',
    series: { ...well, [success]: '5x100', [failure]: '0+1x100' },
    at: '40m',
    fires: ['SyncReplicaSyncFailing'],
  },
  {
    name: 'some runs fail',
    series: { ...well, [failure]: '0+1x100' },
    at: '40m',
    fires: [],
  },
  {
    name: 'comparisons by the schedule end, each before the next one',
    series: { ...well, [passed]: '0+30x400', [passDue]: '0x10 0+30x390' },
    at: '120m',
    fires: [],
  },
  {
    name: 'two comparisons were due and none ended',
    series: { ...well, [passed]: '60x400', [passDue]: '0x40 300x360' },
    at: '60m',
    fires: ['SyncReplicaStale'],
  },
  {
    name: 'a first pass that takes longer than two of its intervals',
    series: {
      ...well,
      [passed]: '0x400',
      [passDue]: '0x40 300x360',
      [state('New')]: '1x400',
      [state('Online')]: '0x400',
    },
    at: '60m',
    fires: [],
  },
  {
    name: 'comparisons are due while the target is paused in the spec',
    series: { ...well, [passed]: '60x400', [passDue]: '0x40 300x360', [paused]: '1x400' },
    at: '60m',
    fires: [],
  },
  {
    name: 'events are dropped once, by a mass of new files',
    series: { ...well, [overflows]: '0x20 1x380' },
    at: '30m',
    fires: [],
  },
  {
    name: 'events are dropped again and again',
    series: { ...well, [overflows]: '0+1x20 20x380' },
    at: '30m',
    fires: ['SyncReplicaWatchOverflow'],
  },
  {
    name: 'a target runs full',
    series: { ...well, [`syncreplica_receiver_volume_free_bytes{${receiver}}`]: '5x100' },
    at: '15m',
    fires: ['SyncReplicaTargetNearlyFull'],
  },
  {
    name: 'directories near the limit of watches',
    series: { ...well, [`syncreplica_watched_directories{${object},volume="uploads"}`]: '95x100' },
    at: '15m',
    fires: ['SyncReplicaWatchLimitNear'],
  },
  {
    name: 'a source that is polled has no limit of watches',
    series: { ...well, [`syncreplica_watch_limit{${object},volume="uploads"}`]: '0x100' },
    at: '15m',
    fires: [],
  },
  {
    name: 'a certificate is not renewed',
    series: { ...well, [`syncreplica_receiver_certificate_expiry_timestamp_seconds{${receiver}}`]: '90000x400' },
    at: '90m',
    fires: ['SyncReplicaCertificateExpiring'],
  },
  {
    name: 'no operator leads',
    series: { ...well, [`leader_election_master_status{name="syncreplica-operator",${source}}`]: '1x10 0x100' },
    at: '15m',
    fires: ['SyncReplicaOperatorDown'],
  },
  {
    name: 'the API server refuses the operator',
    series: { ...well, [`syncreplica_reconcile_total{${source},result="error"}`]: '0+2x100' },
    at: '30m',
    fires: ['SyncReplicaReconcileErrors'],
  },
  {
    name: 'the webhook fails',
    series: { ...well, [`syncreplica_webhook_requests_total{${source},result="failed"}`]: '0+1x100' },
    at: '30m',
    fires: ['SyncReplicaWebhookFailing'],
  },
];
