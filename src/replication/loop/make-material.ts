import { receiverName, receiverSecretName, relaySecretName, writerSecretName } from '../../api/names.ts';
import type { ManagedTarget, ResolvedSpec } from '../../api/resolved-spec.ts';
import { presentSettings, presentTexts } from '../desired/agent-secrets.ts';
import { receiverReplicas } from '../desired/desired-objects.ts';
import { keepHistoryReader } from '../desired/history-reader.ts';
import { ensureMaterial, type Material, type MaterialQuestion, namedVolumes } from '../desired/material.ts';
import { isPublic } from '../desired/receivers/receiver-services.ts';
import { identityOf } from '../identity.ts';
import type { Now, Observed } from '../observed.ts';
import { decodeSecret } from '../secret-data.ts';
import type { SourceVolume } from '../source-volumes.ts';

/**
 * Certificates and passwords of a SyncReplica, made or kept. Nothing is written. Of one that is blocked only those that are there already:
 * nothing else of it will be written, and what is made at each look would be thrown away.
 */
export const makeMaterial = async (
  { leafLifeMs, credentialTiming }: Pick<MaterialQuestion, 'leafLifeMs' | 'credentialTiming'>,
  observed: Observed,
  spec: ResolvedSpec,
  volumes: readonly SourceVolume[],
  isBlocked: boolean,
  now: Now,
): Promise<Material> => {
  const { name: replicaName } = observed.replica.metadata;
  const hasSecret = (name: string): boolean => observed.owned.secrets.some(({ metadata }) => metadata?.name === name);
  // Keys are made only for what will be written.
  const isMade = (name: string): boolean => volumes.length > 0 && (!isBlocked || hasSecret(name));
  const managed = spec.targets.filter(
    (target) =>
      target.kind === 'managed' &&
      isMade(receiverSecretName(replicaName, target.name)) &&
      !observed.taken.some((taken) => taken.target === target.name),
  ) as ManagedTarget[];
  const textsOf = (name: string): Record<string, string> =>
    decodeSecret(observed.owned.secrets.find(({ metadata }) => metadata?.name === name));
  const replica = identityOf(observed.replica);
  const managedTargets = managed.map(({ name, managed: { service }, readers }) => ({
    name,
    ordinals: receiverReplicas(observed, name, volumes),
    addresses: balancerAddresses(observed, name),
    isPublic: isPublic(service),
    hasReaders: readers !== undefined,
  }));
  const pasts = managedTargets.flatMap(({ name, ordinals }) =>
    namedVolumes(replica, [name], [...Array(ordinals).keys()]),
  );
  const material = await ensureMaterial({
    replica,
    volumes: volumes.filter(({ name }) => !isBlocked || presentSettings(observed, name) !== undefined),
    managedTargets,
    existing: {
      receivers: new Map(managed.map(({ name }) => [name, textsOf(receiverSecretName(replicaName, name))])),
      writers: new Map(managed.map(({ name }) => [name, textsOf(writerSecretName(replicaName, name))])),
      relays: new Map(managed.map(({ name }) => [name, textsOf(relaySecretName(replicaName, name))])),
      agents: new Map(volumes.map(({ name }) => [name, presentTexts(observed, name)])),
    },
    trust: observed.trust,
    nowMs: now.wallMs,
    leafLifeMs,
    credentialTiming,
  });
  const historyReader = await keepHistoryReader(observed.replica, pasts, observed.trust, now.wallMs);
  return { ...material, historyReader };
};

/** What a load balancer gave the asked-for Service; agents of other clusters come by it, so the certificate names it. */
const balancerAddresses = ({ owned, replica }: Observed, target: string): string[] => {
  const name = receiverName(replica.metadata.name, target);
  const service = owned.services.find(({ metadata }) => metadata?.name === name);
  const ingress = service?.status?.loadBalancer?.ingress ?? [];
  return [...new Set(ingress.flatMap(({ ip, hostname }) => [ip, hostname]).filter((one) => one !== undefined))].sort();
};
