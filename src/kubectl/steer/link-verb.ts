import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { annotations, labels, ports, receiverName, receiverVolume, writerSecretName } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { parseDuration } from '../../api/units/duration.ts';
import type { Secret, Service } from '../../cluster/objects.ts';
import { secrets, services, syncReplicas } from '../../cluster/resources.ts';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, oneNamespace, withCluster } from '../open-cluster.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';

type Target = NonNullable<SyncReplica['spec']['targets']>[number];

const renewEveryMs = 60_000;
const lookEveryMs = 500;
const ourLabel = { [labels.managedBy]: 'kubectl-syncreplica' };

/** What is read where the receiver is. */
export interface OtherEnd {
  readonly namespace: string;
  readonly replica: SyncReplica;
  readonly target: string;
  readonly secret: Secret | undefined;
  readonly service: Service | undefined;
}

/** Brings a source here and a receiver of another cluster together; called again, or with --watch, it renews what it made. */
export const runLink: RunVerb = async (call) => {
  const [replica, target] = splitTo(call.options.to);
  requireClaim(call);
  await withCluster(call.options, (here) =>
    withCluster(otherOptions(call), async (there) => {
      for (;;) {
        const link = await untilOffered(call, () => readLink(call, there, replica, target));
        for (const line of await writeLink(here, call, link)) console.log(line);
        if (!call.options.watch) return;
        await sleep(renewEveryMs);
      }
    }),
  );
};

/** The operator there makes its Secret, and the cloud an address, some time after the SyncReplica came. */
const untilOffered = async <T>(call: Call, look: () => Promise<T>): Promise<T> => {
  const timeoutMs = parseDuration(String(call.options.timeout ?? '1m')) ?? 0;
  for (const until = performance.now() + timeoutMs; ; await sleep(lookEveryMs)) {
    try {
      return await look();
    } catch (error) {
      const isToCome = error instanceof Failure && (error.code === 'NotYetOffered' || error.code === 'NoAddress');
      if (!isToCome || performance.now() >= until) throw error;
    }
  }
};

const otherOptions = ({ options }: Call) => {
  const given = (name: string): string | undefined => options[name] as string | undefined;
  if (options.toContext === undefined && options.toKubeconfig === undefined)
    throw new UsageFailure('link: say where the receiver is: --to-context, or --to-kubeconfig');
  return {
    kubeconfig: given('toKubeconfig') ?? options.kubeconfig,
    context: given('toContext'),
    namespace: given('toNamespace') ?? options.namespace,
  } as Call['options'];
};

const splitTo = (to: unknown): [string, string] => {
  const [replica = '', target = '', ...rest] = String(to ?? '').split('/');
  if (replica === '' || target === '' || rest.length > 0)
    throw new UsageFailure('link: name the other SyncReplica and its target, for example --to uploads/dr');
  return [replica, target];
};

const readEnd = async (there: Cluster, name: string, target: string): Promise<OtherEnd> => {
  const namespace = oneNamespace(there);
  const replica = await fetchReplica(there, name);
  const secret = await there.client.get(secrets, { namespace, name: writerSecretName(name, target) });
  const service = await there.client.get(services, { namespace, name: receiverName(name, target) });
  return { namespace, replica, target, secret, service };
};

/** The external target that the source's SyncReplica is given. @throws Failure `NotOffered`, `NotYetOffered`, `NoAddress` */
export const linkedTarget = (end: OtherEnd, as: string, secretName: string, given: string | undefined): Target => {
  const { namespace, replica, target, service } = end;
  const { name } = replica.metadata;
  const type = replica.spec.targets?.find((one) => one.name === target)?.managed?.service?.type ?? 'ClusterIP';
  if (type === 'ClusterIP')
    throw new Failure('NotOffered', `link to ${name}/${target}: it is not offered to other clusters`, {
      hint: 'write managed.service.type: LoadBalancer (or NodePort) there',
    });
  if (!end.secret)
    throw new Failure('NotYetOffered', `link to ${name}/${target}: the operator there has not made its Secret yet`, {
      hint: `kubectl syncreplica status ${name} in that cluster says what it waits for`,
    });
  const [host, port] = splitAddress(given);
  const ingress = service?.status?.loadBalancer?.ingress?.[0];
  const address = host ?? ingress?.ip ?? ingress?.hostname;
  if (address === undefined)
    throw new Failure('NoAddress', `link to ${name}/${target}: its Service has no address yet`, {
      hint: 'give one by which pods here reach it: --address HOST[:PORT]; of a NodePort that is a node',
    });
  const nodePort = service?.spec?.ports?.[0]?.nodePort;
  return {
    name: as,
    external: {
      address,
      port: port ?? (type === 'NodePort' && nodePort !== undefined ? nodePort : ports.receiver),
      module: receiverVolume(namespace, name, target, 0),
      secretName,
      tls: 'Mutual',
    },
  };
};

const splitAddress = (text: string | undefined): [string | undefined, number | undefined] => {
  if (text === undefined) return [undefined, undefined];
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return [host, port === undefined ? undefined : Number(port)];
};

interface Link {
  readonly end: OtherEnd;
  readonly target: Target;
  readonly secretName: string;
}

const readLink = async (call: Call, there: Cluster, replica: string, target: string): Promise<Link> => {
  const end = await readEnd(there, replica, target);
  const as = nameOfTarget(call);
  const secretName = `${nameOf(call)}-${as}-link`;
  const given = call.options.address as string | undefined;
  return { end, secretName, target: linkedTarget(end, as, secretName, given) };
};

const nameOfTarget = ({ options }: Call): string => (options.as as string | undefined) ?? 'standby';

/** Writes what differs; says what it wrote. */
const writeLink = async (here: Cluster, call: Call, link: Link): Promise<string[]> => {
  // A SyncReplica that can't have this target leaves no Secret behind.
  const change = await planTarget(here, call, link.target);
  const said = [...(await writeSecret(here, call, link)), ...(await change())];
  return said.length > 0 ? said : [`${nameOf(call)}: nothing to renew`];
};

const writeSecret = async (here: Cluster, call: Call, { end, secretName: name }: Link): Promise<string[]> => {
  const namespace = oneNamespace(here);
  const present = await here.client.get(secrets, { namespace, name });
  if (present && present.metadata?.labels?.[labels.managedBy] !== ourLabel[labels.managedBy])
    throw new Failure('NameTaken', `link ${nameOf(call)}: the Secret ${name} is there and is not of a link`, {
      hint: 'give the target another name by --as',
    });
  const { data = {} } = end.secret ?? {};
  if (isDeepStrictEqual(present?.data, data)) return [];
  const metadata = { name, namespace, labels: ourLabel };
  if (present) await here.client.patch(secrets, { namespace, name }, { data });
  else await here.client.create(secrets, { metadata, type: 'Opaque', data } as never);
  return [`Secret ${name} ${present ? 'renewed' : 'made'}`];
};

/** What is to be done about the source's SyncReplica, and its doing; with --claim it is made where it is not there. */
const planTarget = async (here: Cluster, call: Call, target: Target): Promise<() => Promise<string[]>> => {
  const namespace = oneNamespace(here);
  const name = nameOf(call);
  const { external } = target;
  const line = `${name}: target ${target.name} is ${external?.address}:${external?.port}, ${external?.module}`;
  const made = sourceOf(call, target);
  const replica =
    made === undefined
      ? await fetchReplica(here, name)
      : await here.client.get<SyncReplica>(syncReplicas, { namespace, name });
  if (replica === undefined)
    return async () => {
      await here.client.create(syncReplicas, { ...made, metadata: { ...made?.metadata, namespace } } as SyncReplica);
      return [`SyncReplica ${name} made`, line];
    };
  const targets = replica.spec.targets ?? [];
  const known = targets.find((one) => one.name === target.name);
  if (known?.managed)
    throw new Failure('NameTaken', `link ${name}: its target ${target.name} is managed`, {
      hint: 'give the target another name by --as',
    });
  const next = { ...known, ...target, external: { ...known?.external, ...external } };
  if (isDeepStrictEqual(known, next)) return async () => [];
  return async () => {
    const { resourceVersion } = replica.metadata;
    const others = targets.filter((one) => one.name !== target.name);
    const patch = { metadata: { resourceVersion }, spec: { targets: [...others, next] } };
    await here.client.patch(syncReplicas, { namespace, name }, patch);
    return [line];
  };
};

const requireClaim = ({ options: { claim, path, adopt } }: Call): void => {
  if (claim === undefined && (path !== undefined || adopt !== undefined))
    throw new UsageFailure('link: --path and --adopt are of a SyncReplica that it makes: name its --claim');
};

/** The SyncReplica of the claim that is named; undefined where none is. */
const sourceOf = (
  call: Call,
  target: Target,
): (Pick<SyncReplica, 'spec'> & { metadata: { name: string } }) | undefined => {
  const { claim, path, adopt } = call.options as Record<string, string | boolean | undefined>;
  if (claim === undefined) return undefined;
  const source = { persistentVolumeClaim: String(claim), ...(path === undefined ? {} : { path: String(path) }) };
  const metadata = {
    name: nameOf(call),
    ...(adopt === true ? { annotations: { [annotations.adopt]: 'any' } } : {}),
  };
  return { metadata, spec: { source, targets: [target] } as SyncReplica['spec'] };
};
