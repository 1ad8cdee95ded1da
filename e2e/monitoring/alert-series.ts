/** The series that alerts are judged by, as promtool names them, and how they go where all is well. */
export const of = 'replica_namespace="shop",replica="uploads",volume="uploads",target="dr"';
export const object = 'replica_namespace="shop",replica="uploads"';
export const source = 'job="o",instance="i"';
export const receiver = 'replica_namespace="shop",replica="uploads",target="dr",pod="uploads-dr-0"';
/** Far more than any certificate's limit after the start of time. */
const inAMonth = '2592000x400';

/** One replica that is well, for 200 minutes. */
export const well: Readonly<Record<string, string>> = {
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

export const lag = `syncreplica_replica_lag_seconds{${of},${source}}`;
export const state = (name: string): string => `syncreplica_replica_state{${of},${source},state="${name}"}`;
export const pods = `syncreplica_replica_source_pods{${of},${source}}`;
export const paused = `syncreplica_replica_paused{${of},${source}}`;
export const inSync = `syncreplica_in_sync_replicas{${object},${source}}`;
export const success = `syncreplica_syncs_total{${of},result="success"}`;
export const failure = `syncreplica_syncs_total{${of},result="failure"}`;
export const passed = `syncreplica_last_full_pass_timestamp_seconds{${of}}`;
export const passDue = `syncreplica_full_pass_due_timestamp_seconds{${of}}`;
export const overflows = `syncreplica_watch_overflows_total{${object},volume="uploads"}`;
const agentsOwn = [success, failure, passed, passDue, ...Object.keys(well).filter((one) => one.includes('_watch'))];

/** Series that end after some minutes, as an agent's do with its pod. */
export const ended = (minutes: number): Record<string, string> =>
  Object.fromEntries(agentsOwn.map((one) => [one, `1x${minutes * 2} stale`]));

/** What the programs say in the course of a story, as promtool writes series; sampled every 30 s. */
export interface Story {
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked which alerts fire. */
  readonly at: string;
  readonly fires: readonly string[];
}
