import { annotations, apiGroup, apiVersion, kind } from '../../api/names.ts';
import type { SyncReplica, SyncReplicaSpec } from '../../api/schema/syncreplica.generated.ts';
import { syncReplicas } from '../../cluster/resources.ts';
import { Failure } from '../../process/failure.ts';
import { formatYaml } from '../../terminal/yaml.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';

/** The target of the other direction. */
const home = 'home';

/** Prints the SyncReplica of the other direction, or makes it; and says what comes after it. */
export const runFailBack: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const replica = await fetchReplica(cluster, nameOf(call));
    const back = failBackOf(replica, call.second as string);
    if (call.options.apply) {
      for (const one of back) await cluster.client.create(syncReplicas, one);
      console.log(`made ${back.map(({ metadata }) => metadata.name).join(', ')}`);
    } else {
      const shown = back.map((one) => formatYaml({ apiVersion: `${apiGroup}/${apiVersion}`, kind, ...one }));
      console.log(shown.join('---\n').trimEnd());
    }
    for (const line of whatFollows(replica, back, call.second as string)) console.error(line);
  });

/**
 * Of each claim that is in use now a SyncReplica to the claim that it took the place of, which becomes a target in place. What
 * that holds is adopted: who asks for it says that the new side counts.
 * @throws Failure `NotPromoted`, `NoClaim`
 */
export const failBackOf = (replica: SyncReplica, target: string): SyncReplica[] => {
  const { name, namespace } = replica.metadata;
  const promotion = replica.status?.promotions?.find((one) => one.target === target);
  if (promotion?.fencedAt === undefined || promotion.claims === undefined)
    throw new Failure('NotPromoted', `fail back from ${target} of ${name}: it is not promoted`, {
      hint: `kubectl syncreplica promote ${name} ${target}`,
    });
  if (
    replica.spec.source?.persistentVolumeClaim === undefined &&
    promotion.claims.some(({ volume }) => isOfPod(replica, volume))
  )
    throw new Failure('NoClaim', `fail back from ${target} of ${name}: its source has no claim to go back to`, {
      hint: 'make another SyncReplica of the claim that is in use now',
    });
  const {
    source,
    targets: _,
    restore: __,
    deletionPolicy: ___,
    minInSync: ____,
    paused: _____,
    ...behaviour
  } = replica.spec;
  const isOne = promotion.claims.length === 1;
  return promotion.claims.map(({ volume, claim, path }, ordinal): SyncReplica => {
    const spec: SyncReplicaSpec = {
      source: { persistentVolumeClaim: claim, path, ...(source.access === undefined ? {} : { access: source.access }) },
      targets: [{ name: home, managed: { claimName: volume, ...(source.path ? { path: source.path } : {}) } }],
      ...behaviour,
    };
    const metadata = { name: isOne ? `${name}-back` : `${name}-back-${ordinal}`, namespace };
    return { metadata: { ...metadata, annotations: { [annotations.adopt]: 'any' } }, spec };
  });
};

/** A volume without a claim is called as its pod. */
const isOfPod = ({ status }: SyncReplica, volume: string): boolean =>
  status?.volumes?.some(({ name, writer }) => name === volume && writer === volume) === true;

const whatFollows = (replica: SyncReplica, back: readonly SyncReplica[], target: string): string[] => {
  const { name } = replica.metadata;
  const [first] = back;
  return [
    `# then: end every pod that mounts ${back.map((one) => one.spec.targets?.[0]?.managed?.claimName).join(', ')}, and restart those that mount the replica, so that they get their agent.`,
    '# when it is in sync, and the application is stopped:',
    ...back.map((one) => `#   kubectl syncreplica promote ${one.metadata.name} ${home}`),
    `# start the application on ${first?.spec.targets?.[0]?.managed?.claimName} with the subPath data, delete ${back.map((one) => one.metadata.name).join(', ')}, write source.path: data into ${name}, and:`,
    `#   kubectl syncreplica demote ${name} ${target}`,
  ];
};
