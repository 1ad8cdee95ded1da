import { isDeepStrictEqual } from 'node:util';
import { agentPaths, annotations, ports, receiverHost, receiverVolume } from '../../api/names.ts';
import type { ResolvedSpec } from '../../api/resolved-spec.ts';
import type { Problem } from '../../api/rules/problem.ts';
import type { HookSpec } from '../../api/schema/syncreplica.generated.ts';
import { toHookSettings } from '../../api/settings/hook-settings.ts';
import type { HookSettings, ReplicationSettings, TargetSettings } from '../../api/settings/replication-settings.ts';
import {
  externalTargetSettings,
  type SecretTexts,
  sshTargetSettings,
  toReplicationSettings,
} from '../../api/settings/to-replication-settings.ts';
import { minAgentVersion } from '../../api/settings/versions.ts';
import { type AddressRules, refuseAddress } from '../external-address.ts';
import type { ReplicaIdentity } from '../identity.ts';
import type { Observed } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';
import { type BegunQuestion, begunOf } from './begun.ts';
import { journalLinesOf } from './journal-lines.ts';
import type { Material } from './material.ts';

export interface SettingsQuestion extends BegunQuestion {
  readonly replica: ReplicaIdentity;
  readonly annotations: Readonly<Record<string, string>>;
  readonly material: Material;
  /** Managed targets whose receivers don't run yet as the user who is to own what they hold. */
  readonly unsettled: ReadonlySet<string>;
  /** Targets that are in use in place of the source, or whose claim is: nothing is sent there. */
  readonly withheld: ReadonlySet<string>;
  readonly externalSecrets: ReadonlyMap<string, SecretTexts | undefined>;
  readonly controllerEpoch: number;
  /** Uids of the claims that are there, by name. */
  readonly claimUids: ReadonlyMap<string, string>;
  /** What claims were filled from before a pod had them, by name: see ReplicationSettings.restoredFrom. */
  readonly restoredFrom: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Where external targets may be. */
  readonly addresses: AddressRules;
  /** How many source volumes there are: an external target is one place, which two must never share. */
  readonly volumeCount: number;
  readonly nowMs: number;
}

/** Targets elsewhere that agents are not told of, and why. */
export const externalProblems = (
  spec: ResolvedSpec,
  secrets: ReadonlyMap<string, SecretTexts | undefined>,
  addresses: AddressRules,
): ExternalProblem[] =>
  spec.targets.flatMap((target, index) => {
    if (target.kind === 'managed') return [];
    const settings = settingsElsewhere(target, index, secrets, addresses);
    return 'message' in settings ? [settings] : [];
  });

export interface ExternalProblem extends Problem {
  readonly target: string;
  readonly reason: 'AddressNotAllowed' | 'SecretNotFound' | 'SecretIncomplete';
}

/**
 * What the agents of one source volume are told. Targets with a problem are left out: the others go on.
 * The generation grows with every change and never falls, even when the Secret was lost.
 */
export const volumeSettings = (volume: SourceVolume, question: SettingsQuestion): ReplicationSettings => {
  const { spec, present, nowMs } = question;
  const requests = requestsOf(question.annotations);
  const filledFrom = question.restoredFrom.get(volume.claim ?? '');
  const settings: ReplicationSettings = {
    ...toReplicationSettings(spec, {
      generation: present?.generation ?? 0,
      mount: agentPaths.source,
      path: spec.source.path,
      hooks: hooksOf(spec, question.externalSecrets),
      targets: spec.targets.flatMap((target, index) => targetSettings(target, index, volume, question)),
    }),
    labels: { replica_namespace: question.replica.namespace, replica: question.replica.name, volume: volume.name },
    minAgentVersion,
    controllerEpoch: question.controllerEpoch,
    lineage: lineageOf(volume, question),
    ...journalLinesOf(question.annotations, nowMs),
    ...(filledFrom === undefined ? {} : { restoredFrom: filledFrom }),
    ...begunOf(question, volume.ordinal, present?.lineage === lineageOf(volume, question)),
    ...(requests === undefined ? {} : { requests }),
  };
  // The epoch goes with an instruction: where nothing is to be said, a new leader says nothing.
  const unchanged = { ...settings, controllerEpoch: present?.controllerEpoch };
  if (present && isDeepStrictEqual(JSON.parse(JSON.stringify(unchanged)), present)) return present;
  return { ...settings, generation: Math.max((present?.generation ?? 0) + 1, Math.floor(nowMs / 1000)) };
};

/** Hooks whose Secret is missing are left out: the others go on. */
const hooksOf = (spec: ResolvedSpec, secrets: SettingsQuestion['externalSecrets']): HookSettings[] =>
  spec.hooks.flatMap((hook) => {
    const name = headersSecretOf(hook);
    if (name === undefined) return [toHookSettings(hook, {})];
    const headers = secrets.get(name);
    return headers === undefined ? [] : [toHookSettings(hook, headers)];
  });

export const headersSecretOf = ({ http, webhook }: HookSpec): string | undefined =>
  http?.headersSecretName ?? webhook?.headersSecretName;

/** The first hook whose Secret is missing. */
export const hookProblem = (
  spec: ResolvedSpec,
  secrets: SettingsQuestion['externalSecrets'],
): { readonly hook: string; readonly message: string } | undefined => {
  for (const hook of spec.hooks) {
    const name = headersSecretOf(hook);
    if (name !== undefined && secrets.get(name) === undefined)
      return {
        hook: hook.name,
        message: `the hook ${hook.name} waits for the Secret ${name}; create it, or write the name of one that does exist`,
      };
  }
  return undefined;
};

/**
 * Whose data it is: its claim's, or, without one, what this SyncReplica has under this ordinal, in whatever pod. While its claim can't
 * be seen it is whose it was.
 */
export const lineageOf = (
  { claim, ordinal }: SourceVolume,
  { claimUids, replica, present }: Pick<SettingsQuestion, 'claimUids' | 'replica'> & Partial<BegunQuestion>,
): string => (claim !== undefined && claimUids.get(claim)) || (present?.lineage ?? `${replica.uid}/${ordinal}`);

/** Uids of the claims that are there, by name. */
export const claimUidsOf = ({ claims }: Pick<Observed, 'claims'>): ReadonlyMap<string, string> =>
  new Map(claims.map(({ metadata }) => [metadata?.name ?? '', metadata?.uid ?? '']));

/** What the claims' annotations say that they were filled from, by name. */
export const restoredFromOf = ({ claims }: Pick<Observed, 'claims'>): SettingsQuestion['restoredFrom'] =>
  new Map(
    claims.flatMap(({ metadata }) => {
      const from = parseSinces(metadata?.annotations?.[annotations.restoredFrom]);
      return from === undefined ? [] : [[metadata?.name ?? '', from]];
    }),
  );

/** Undefined for what is none: whoever wrote it, its agents are told nothing by it. */
const parseSinces = (text: string | undefined): Record<string, number> | undefined => {
  try {
    const sinces = JSON.parse(text ?? '{}') as Record<string, number>;
    const isGood = Object.keys(sinces).length > 0 && Object.values(sinces).every(Number.isFinite);
    return isGood ? sinces : undefined;
  } catch {
    return undefined;
  }
};

/** What is asked by annotations, under the names that agents know. */
const requests: readonly (readonly [keyof NonNullable<ReplicationSettings['requests']>, string])[] = [
  ['sync', annotations.syncRequestedAt],
  ['verify', annotations.verifyRequestedAt],
  ['checkpoint', annotations.checkpointRequestedAt],
  ['locks', annotations.locksRequestedAt],
  ['releaseDeletes', annotations.releaseDeletes],
  ['undelete', annotations.undelete],
  ['adopt', annotations.adopt],
];

const requestsOf = (asked: SettingsQuestion['annotations']): ReplicationSettings['requests'] => {
  const said = requests.filter(([, annotation]) => asked[annotation] !== undefined);
  return said.length === 0 ? undefined : Object.fromEntries(said.map(([field, name]) => [field, asked[name]]));
};

const targetSettings = (
  target: ResolvedSpec['targets'][number],
  index: number,
  volume: SourceVolume,
  { replica, material, externalSecrets, unsettled, withheld, volumeCount, addresses }: SettingsQuestion,
): TargetSettings[] => {
  if (target.kind !== 'managed') {
    if (volumeCount > 1) return [];
    const settings = settingsElsewhere(target, index, externalSecrets, addresses);
    return 'message' in settings ? [] : [{ ...settings, ...target.overrides }];
  }
  const receiver = material.receivers.get(target.name);
  const agent = material.agents.get(volume.name);
  if (!receiver || !agent || unsettled.has(target.name) || withheld.has(target.name)) return [];
  return [
    {
      kind: 'receiver',
      name: target.name,
      host: receiverHost(replica.namespace, replica.name, target.name, volume.ordinal),
      port: ports.receiver,
      volume: receiverVolume(replica.namespace, replica.name, target.name, volume.ordinal),
      username: receiver.credential.username,
      password: receiver.credential.password,
      tls: { ca: material.bundle, cert: agent.client.cert, key: agent.client.key },
      ...target.overrides,
    },
  ];
};

const settingsElsewhere = (
  target: Exclude<ResolvedSpec['targets'][number], { kind: 'managed' }>,
  index: number,
  secrets: ReadonlyMap<string, SecretTexts | undefined>,
  addresses: AddressRules,
): TargetSettings | ExternalProblem => {
  const { secretName, address } = target.kind === 'ssh' ? target.ssh : target.external;
  const path = `spec.targets[${index}].${target.kind}`;
  const message = refuseAddress(address, addresses);
  if (message !== undefined)
    return { field: `${path}.address`, message, code: 'Invalid', target: target.name, reason: 'AddressNotAllowed' };
  const secret = secretName === undefined ? undefined : secrets.get(secretName);
  const settings =
    target.kind === 'ssh'
      ? sshTargetSettings(target.name, target.ssh, secret, path)
      : externalTargetSettings(target.name, target.external, secret, path);
  if (!('message' in settings)) return settings;
  const isMissing = secretName !== undefined && secret === undefined;
  return { ...settings, target: target.name, reason: isMissing ? 'SecretNotFound' : 'SecretIncomplete' };
};

/** The settings in a Secret's text; undefined where they are missing or spoilt. */
export const parseSettings = (text: string | undefined): ReplicationSettings | undefined => {
  if (text === undefined) return undefined;
  try {
    const settings = JSON.parse(text) as ReplicationSettings;
    return Number.isFinite(settings.generation) && Array.isArray(settings.targets) ? settings : undefined;
  } catch {
    return undefined;
  }
};
