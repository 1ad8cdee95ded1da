/**
 * Every name that more than one part must agree on: group, labels, annotations, finalizers, ports, derived object names.
 * Names of objects are derived, never recorded.
 */
export const apiGroup = 'syncreplica.io';
export const apiVersion = 'v1alpha1';
export const kind = 'SyncReplica';
export const plural = 'syncreplicas';

/** The field manager of every server-side apply of the operator. */
export const fieldManager = 'syncreplica-operator';
/** The Lease of the operator's leader election. */
export const leaderLease = 'syncreplica-operator';

export const finalizer = `${apiGroup}/replicas`;

export const labels = {
  /** On a namespace: `enabled` or `disabled`. */
  injection: `${apiGroup}/injection`,
  /** On a pod: `false` opts out. `required` has it refused while no agent can be added; also on a namespace, and an annotation of a claim. */
  inject: `${apiGroup}/inject`,
  /** On a pod that only asks whether the webhook answers: `true`. */
  probe: `${apiGroup}/probe`,
  /** On an injected pod: `true`. */
  injected: `${apiGroup}/injected`,
  /** On a namespace, by its administrator: `true` allows `access: Elevated`. */
  allowElevated: `${apiGroup}/allow-elevated`,
  /** On every owned object: the SyncReplica's name, and the target's where there is one. */
  replica: `${apiGroup}/replica`,
  target: `${apiGroup}/target`,
  /** On every owned object: `receiver` | `credentials` | `agent-settings`; on what fills a claim `populator`; `snapshot` on that of a claim. */
  component: `${apiGroup}/component`,
  managedBy: 'app.kubernetes.io/managed-by',
  appName: 'app.kubernetes.io/name',
  appComponent: 'app.kubernetes.io/component',
  appInstance: 'app.kubernetes.io/instance',
  appVersion: 'app.kubernetes.io/version',
} as const;

/** On an injected pod, for each SyncReplica whose agent it has: by it receivers keep away from their source. */
export const sourceLabel = (replica: string): string => `source.${apiGroup}/${labelValue(replica)}`;

export const annotations = {
  /** On an injected pod: JSON `{version, replicas, volumes}`. */
  status: `${apiGroup}/status`,
  /** On a pod that gets no agent though a SyncReplica means it: JSON, the reason by SyncReplica. */
  refused: `${apiGroup}/refused`,
  /** Requests by plain kubectl: any new value (a time by custom) asks once. */
  syncRequestedAt: `${apiGroup}/sync-requested-at`,
  verifyRequestedAt: `${apiGroup}/verify-requested-at`,
  checkpointRequestedAt: `${apiGroup}/checkpoint-requested-at`,
  locksRequestedAt: `${apiGroup}/locks-requested-at`,
  /** The id that DeletesHeld shows. */
  releaseDeletes: `${apiGroup}/release-deletes`,
  /** Until when agents write to their logs what they sent, RFC 3339, a day ahead at most; and of which names, an rsync pattern. */
  journalUntil: `${apiGroup}/journal-until`,
  journalPath: `${apiGroup}/journal-path`,
  /** The id of kept deletions that DeletesHeld shows. */
  undelete: `${apiGroup}/undelete`,
  /** What a target holds of another source may be replaced: `any`, or what it held since the time that the refusal tells. */
  adopt: `${apiGroup}/adopt`,
  /** On the pods of a workload that was restarted for a SyncReplica, with a hash of its uid. */
  restartedFor: (uid: string) => `${apiGroup}/restarted-for-${shortHash(uid)}`,
  /** The name of the target that is taken into use in place of the source. */
  promote: `${apiGroup}/promote`,
  /** The time to which the target is rolled back as it is promoted, RFC 3339; with ` any` behind it to any moment. */
  rollBackTo: `${apiGroup}/roll-back-to`,
  /** Until when, and with which public key, somebody reads the past: see HistoryReaderWish. */
  historyReader: `${apiGroup}/history-reader`,
  /** The promotion that is to end, by its `fencedAt` in the status: the target is a target again. */
  demote: `${apiGroup}/demote`,
  /** On a claim with a SyncReplica as its dataSourceRef: from which of its targets, and of its source volumes; or a snapshot of a target's claim. */
  fromTarget: `${apiGroup}/from-target`,
  fromVolume: `${apiGroup}/from-volume`,
  fromSnapshot: `${apiGroup}/from-snapshot`,
  /** On a claim of a target: `uid:gid` of whom the replica belongs to, as its receivers run. */
  replicaOwner: `${apiGroup}/replica-owner`,
  /** On a claim that was filled: JSON of ReplicationSettings.restoredFrom. */
  restoredFrom: `${apiGroup}/restored-from`,
  /** On a VolumeSnapshot of a target's claim: when it was taken, and how many were, one of each source volume; and whether the target was its source then, or why not. */
  takenAt: `${apiGroup}/taken-at`,
  takenTogether: `${apiGroup}/taken-together`,
  atCheckpoint: `${apiGroup}/at-checkpoint`,
  /** On owned objects: hash of what was applied. */
  appliedHash: `${apiGroup}/applied-hash`,
} as const;

/** Annotations of a pod by which a Prometheus finds its metrics, by the custom of its examples. */
export const scrapeAnnotations = (port: number, isTls: boolean): Record<string, string> => ({
  'prometheus.io/path': '/metrics',
  'prometheus.io/port': String(port),
  'prometheus.io/scrape': 'true',
  ...(isTls ? { 'prometheus.io/scheme': 'https' } : {}),
});

/** What a receiver that is root has: owners, modes, devices, and rsync's change of its root and its groups to the module's. */
export const elevatedCapabilities: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'MKNOD',
  'SETGID',
  'SYS_CHROOT',
];

/** TCP ports. The agent shares its pod's ports, hence unusual numbers; it steps aside where the pod declares them. */
export const ports = {
  receiver: 8730,
  receiverMetrics: 8731,
  agentMetrics: 18730,
  agentApi: 18731,
  operatorMetrics: 8080,
  operatorProbes: 8081,
  webhook: 9443,
  rsyncd: 873,
} as const;

/** Names of ports in pods and Services. */
export const portNames = { receiver: 'srep', metrics: 'srep-metrics', api: 'srep-api' } as const;

/** Has agent and receiver answer for their metrics over TLS only. */
export const metricsTlsFlag = '--metrics-tls';

/** In every certificate that is shown to a Prometheus: it knows one name for all that one of its jobs asks. */
export const metricsServerName = `metrics.${apiGroup}`;

/** Names of the containers that the operator adds or runs. */
export const containers = { agent: 'syncreplica-agent', receiver: 'receiver', fill: 'fill' } as const;

/** Keys of a credentials Secret, and names of the files of a `--certs` directory. */
export const credentialFiles = {
  ca: 'ca.crt',
  cert: 'tls.crt',
  key: 'tls.key',
  username: 'username',
  password: 'password',
} as const;

/** Key of a receiver's Secret, and a file of its `--certs` directory: all users that are accepted, `user:password` lines. */
export const usersFile = 'users';

/** Key of a receiver's Secret: labels of its series, and the source volume by the receiver's; JSON. */
export const seriesFile = 'series.json';

/** Key of an external target's Secret: what the receiver's certificate names, where that is not the address. */
export const servernameKey = 'servername';

/** Keys of the Secret of a target behind an sshd; the first is that of the type kubernetes.io/ssh-auth. */
export const sshSecretKeys = { key: 'ssh-privatekey', knownHosts: 'known_hosts' } as const;

/** Key of the Secret with an agent's settings, by source volume: JSON of ReplicationSettings. */
export const settingsKey = (volume: string): string => `${volume}.json`;

const nameLimit = 63;

/** 32 bits of FNV-1a as 7 base-36 digits: short, stable, no secret. */
export const shortHash = (text: string): string => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36).padStart(7, '0');
};

/**
 * Joins parts into a DNS label of at most `limit` characters. What doesn't fit is cut and a hash of the whole appended,
 * so that two long names never meet. Dots become dashes, with the hash too.
 */
export const joinName = (parts: readonly string[], limit: number = nameLimit, isAmbiguous = false): string => {
  const whole = parts.join('-');
  const clean = whole.replaceAll('.', '-');
  if (clean === whole && clean.length <= limit && !isAmbiguous) return clean;
  return `${clean.slice(0, limit - 8).replace(/-+$/, '')}-${shortHash(parts.join('/'))}`;
};

/** An object's name may be longer than a label's value. */
export const labelValue = (name: string): string => joinName([name]);

export const managedByValue = 'syncreplica';
/** Selects every object of the operator, in watches and lists. */
export const managedSelector = `${labels.managedBy}=${managedByValue}`;

/** A StatefulSet's pods carry `-<ordinal>` and a revision label of 11 more characters within the same 63. */
const statefulSetLimit = 48;

/** Where the target's name has a dash, `web-eu` with `dr` and `web` with `eu-dr` would be one name. */
const isAmbiguous = (target: string): boolean => target.includes('-');

/** StatefulSet, ServiceAccount, ConfigMap, NetworkPolicy, PodDisruptionBudget and asked-for Service of a managed target. */
export const receiverName = (replica: string, target: string): string =>
  joinName([replica, target], statefulSetLimit, isAmbiguous(target));
/** The headless Service that names each receiver pod. */
export const receiverHeadlessName = (replica: string, target: string): string =>
  `${receiverName(replica, target)}-pods`;
/** The claim template of a receiver's StatefulSet; claim N is the replica of source claim N. */
export const receiverClaimTemplate = 'data';
/** Target claim of an ordinal. */
export const receiverClaimName = (replica: string, target: string, ordinal: number): string =>
  `${receiverClaimTemplate}-${receiverName(replica, target)}-${ordinal}`;
/** DNS name of the receiver pod of an ordinal. */
export const receiverHost = (namespace: string, replica: string, target: string, ordinal: number): string =>
  `${receiverName(replica, target)}-${ordinal}.${receiverHeadlessName(replica, target)}.${namespace}.svc`;
/** The receiver's volume, which is its rsync module and what certificates name: no other in the cluster has it. */
export const receiverVolume = (namespace: string, replica: string, target: string, ordinal: number): string =>
  `${namespace}.${receiverName(replica, target)}-${ordinal}`;
/** StatefulSet, NetworkPolicy and headless Service (with `-pods`) of a target's readers. */
export const readersName = (replica: string, target: string): string =>
  joinName([replica, target, 'readers'], statefulSetLimit, isAmbiguous(target));
export const readersHeadlessName = (replica: string, target: string): string => `${readersName(replica, target)}-pods`;
/** The volume of all readers of a target. */
export const readersVolume = (namespace: string, replica: string, target: string): string =>
  `${namespace}.${readersName(replica, target)}`;
/** Where readers keep their copies on their nodes: nobody chooses a path, so that none leads elsewhere. */
export const readersHostPath = (namespace: string, replica: string, target: string): string =>
  `/var/lib/syncreplica/${namespace}/${replica}/${target}`;
/** Secret that says who feeds whom, with what relays show to readers. */
export const relaySecretName = (replica: string, target: string): string =>
  joinName([replica, target, 'srep-relay'], nameLimit, isAmbiguous(target));
/** Secret of a receiver: its certificate, the module's user and password. */
export const receiverSecretName = (replica: string, target: string): string =>
  joinName([replica, target, 'srep-receiver'], nameLimit, isAmbiguous(target));
/** Secret with what an agent of another installation needs to write to a target that is offered to the outside. */
export const writerSecretName = (replica: string, target: string): string =>
  joinName([replica, target, 'srep-writer'], nameLimit, isAmbiguous(target));
/**
 * Secret mounted into the agents of one source volume: settings, certificates, credentials. Without a volume it is that of
 * pods whose volume has a name that was not known at admission; there is never more than one such volume.
 */
export const agentSecretName = (replica: string, volume?: string): string =>
  volume === undefined ? joinName([replica, 'srep-agent']) : joinName([replica, volume, 'srep-agent'], nameLimit, true);

/** The claim and the pod by which a claim is filled, by its uid. */
export const fillName = (uid: string): string => `fill-${uid}`;

/** The agent's container for one SyncReplica in a pod; the operator finds it by this name. */
export const agentContainerName = (replica: string): string => joinName([containers.agent, replica]);
/** No container of an application may have a name like this: what has one is replaced. */
export const isAgentContainer = (name: string): boolean => name.startsWith(`${containers.agent}-`);
/** Volumes that injection adds to a pod: settings and state of each agent, and what hides the service account's token. */
export const agentSettingsVolume = (replica: string): string => joinName(['syncreplica-settings', replica]);
export const agentStateVolume = (replica: string): string => joinName(['syncreplica-state', replica]);
export const agentNoTokenVolume = 'syncreplica-no-token';
export const isAgentVolume = (name: string): boolean => /^syncreplica-(settings-|state-|no-token$)/.test(name);

/** Where an agent's container finds things. */
export const agentPaths = {
  /** The source volume's root. */
  source: '/source',
  /** The agents' Secret, with the settings of the source volume. */
  settings: '/etc/syncreplica',
  state: '/var/lib/syncreplica',
} as const;
