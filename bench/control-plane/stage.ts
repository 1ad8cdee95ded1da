import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ControlPlane,
  type OperatorProcess,
  operatorNamespace,
  startControlPlane,
} from '../../e2e/control-plane/control-plane.ts';
import { webhookObjects } from '../../e2e/control-plane/objects.ts';
import { type ClusterClient, createClusterClient } from '../../src/cluster/client.ts';
import { type Connection, connect, loadKubeConfig } from '../../src/cluster/connection.ts';
import { claims, namespaces, pods, syncReplicas } from '../../src/cluster/resources.ts';
import { webhookPath } from '../../src/inject/webhook/webhook-server.ts';
import { type MemoryLimit, makeMemoryLimit } from '../processes/memory-limit.ts';
import { inParallel } from './in-parallel.ts';
import { type PlayedAgents, playAgents } from './play-agents.ts';
import { type PlayedCluster, playCluster } from './play-cluster.ts';
import { type PlayedSidecars, playSidecars } from './play-sidecars.ts';
import {
  claimObject,
  type PlannedReplica,
  planReplicas,
  replicaObject,
  sourcePod,
  strangersPod,
} from './population.ts';

export interface Sizes {
  readonly replicas: number;
  /** Pods of others. */
  readonly strangers: number;
  /** The operator’s limit; the chart’s is 256. */
  readonly memoryMiB: number;
}

/** A real API server with all that a big cluster holds, and the operator under its container's limit. */
export interface Stage {
  readonly plane: ControlPlane;
  readonly connection: Connection;
  readonly client: ClusterClient;
  readonly planned: readonly PlannedReplica[];
  /** Of all of them; of the pods a receiver for each volume. */
  readonly volumes: number;
  readonly pods: number;
  readonly cluster: PlayedCluster;
  readonly agents: PlayedAgents;
  readonly sidecars: PlayedSidecars;
  readonly sizes: Sizes;
  readonly limit: MemoryLimit | undefined;
  /** One more operator, as its image runs it. */
  startOperator(name: string, isLimited: boolean): Promise<OperatorProcess>;
  end(): Promise<void>;
}

const width = 8;
const program = join(import.meta.dirname, '..', '..', 'dist', 'syncreplica.js');
const dockerfile = join(import.meta.dirname, '..', '..', 'Dockerfile');
const strangersNamespaces = 40;

export const startStage = async (sizes: Sizes): Promise<Stage> => {
  const plane = await startControlPlane();
  const connection = connect(loadKubeConfig({ file: plane.server.kubeconfig }), 'bench');
  const client = createClusterClient(connection);
  const planned = planReplicas(sizes.replicas);
  const limit = makeMemoryLimit(`syncreplica-bench-${process.pid}`, sizes.memoryMiB);
  const cluster = playCluster(client);
  const agents = playAgents(client, planned, cluster.podAt);
  const sidecars = await playSidecars(agents);
  const names = new Set(planned.map(({ namespace }) => namespace));
  const strangers = Array.from({ length: strangersNamespaces }, (_, at) => `others-${at}`);
  await inParallel([...names, ...strangers], width, (name) =>
    client.create(namespaces, { metadata: { name } } as never),
  );
  await inParallel(
    Array.from({ length: sizes.strangers }, (_, at) => at),
    width,
    (at) => client.create(pods, strangersPod(`others-${at % strangersNamespaces}`, at) as never),
  );
  return {
    plane,
    connection,
    client,
    planned,
    volumes: planned.reduce((sum, { volumes }) => sum + volumes.length, 0),
    pods: planned.reduce((sum, { volumes }) => volumes.reduce((own, { pods: all }) => own + all.length + 1, sum), 0),
    cluster,
    agents,
    sidecars,
    sizes,
    limit,
    startOperator: (name, isLimited) =>
      plane.startOperator(name, {
        command: commandOf(isLimited ? limit : undefined),
        environment: { SYNCREPLICA_LOG_LEVEL: 'warn', ...readEnvironment() },
      }),
    async end() {
      cluster.stop();
      agents.stop();
      sidecars.stop();
      await plane.stop();
      connection.close();
      await limit?.remove();
    },
  };
};

/** Variables of the operator's image. */
const readEnvironment = (): Record<string, string> =>
  Object.fromEntries(Array.from(operatorStage().matchAll(/\b(MALLOC_\w+)=(\S+)/g), ([, name, value]) => [name, value]));

const operatorStage = (): string =>
  readFileSync(dockerfile, 'utf8')
    .split(/^FROM /m)
    .find((one) => one.startsWith('runtime AS operator')) ?? '';

/** What its image gives to Node. */
const nodeOptions = (): string[] =>
  Array.from(operatorStage().matchAll(/"(--max-[\w-]+=\d+)"/g), ([, option = '']) => option);

/** Inside its limit from the first moment: Node takes its heap's size from it. */
const commandOf = (limit: MemoryLimit | undefined): [string, ...string[]] => {
  const node: [string, ...string[]] = [process.execPath, ...nodeOptions(), program];
  return limit === undefined ? node : ['sh', '-c', `echo $$ > ${limit.joins} && exec "$@"`, 'sh', ...node];
};

/** As the chart has it; the Service stands for an address of this machine. */
export const openWebhook = ({ plane }: Pick<Stage, 'plane'>, port: number): Promise<void> =>
  plane.apply(
    ...webhookObjects(
      { port, path: webhookPath },
      {
        failurePolicy: 'Fail',
        // The chart says 5; a machine that is busy with all of this is no reason to end.
        timeoutSeconds: 30,
        reinvocationPolicy: 'IfNeeded',
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [operatorNamespace] }],
        },
        matchConditions: [
          {
            name: 'has-a-volume-that-can-be-replicated',
            expression:
              'has(object.spec.volumes) && object.spec.volumes.exists(v, has(v.persistentVolumeClaim) || has(v.ephemeral) || has(v.emptyDir))',
          },
        ],
      },
    ),
  );

/** The SyncReplicas first, then their applications: every pod gets its agent at admission. */
export const populate = async ({ client, planned, cluster }: Stage): Promise<void> => {
  await inParallel(planned, width, async (replica) => {
    for (const { claim } of replica.volumes)
      await client.create(claims, claimObject(replica.namespace, claim) as never);
    await client.create(syncReplicas, replicaObject(replica) as never);
    for (const { pods: own, claim } of replica.volumes)
      for (const pod of own) await cluster.runPod(sourcePod(replica, pod, claim));
  });
};
