import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { labels, ports, receiverName, receiverVolume, writerSecretName } from '../../api/names.ts';
import type { SyncReplica } from '../../api/syncreplica.generated.ts';
import type { Secret, Service } from '../../cluster/objects.ts';
import { secrets, services, syncReplicas } from '../../cluster/resources.ts';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, oneNamespace, withCluster } from '../open-cluster.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';

type Target = NonNullable<SyncReplica['spec']['targets']>[number];

const renewEveryMs = 60_000;
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
export const runLink: RunVerb = (call) =>
  withCluster(call.options, (here) =>
    withCluster(otherOptions(call), async (there) => {
      const [replica, target] = splitTo(call.options.to);
      for (;;) {
        const end = await readEnd(there, replica, target);
        for (const line of await writeLink(here, call, end)) console.log(line);
        if (!call.options.watch) return;
        await sleep(renewEveryMs);
      }
    }),
  );

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

/** The external target that the source's SyncReplica is given. @throws Failure `NotOffered`, `NoAddress` */
export const linkedTarget = (end: OtherEnd, as: string, secretName: string, given: string | undefined): Target => {
  const { namespace, replica, target, service } = end;
  const { name } = replica.metadata;
  const type = replica.spec.targets?.find((one) => one.name === target)?.managed?.service?.type ?? 'ClusterIP';
  if (!end.secret || type === 'ClusterIP')
    throw new Failure('NotOffered', `link to ${name}/${target}: it is not offered to other clusters`, {
      hint: 'write managed.service.type: LoadBalancer (or NodePort) there, and wait until the operator has made its Secret',
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

/** Writes what differs; says what it wrote. */
const writeLink = async (here: Cluster, call: Call, end: OtherEnd): Promise<string[]> => {
  const namespace = oneNamespace(here);
  const name = nameOf(call);
  const as = (call.options.as as string | undefined) ?? 'standby';
  const replica = await fetchReplica(here, name);
  const secretName = `${name}-${as}-link`;
  const target = linkedTarget(end, as, secretName, call.options.address as string | undefined);
  const said: string[] = [];
  const present = await here.client.get(secrets, { namespace, name: secretName });
  if (present && present.metadata?.labels?.[labels.managedBy] !== ourLabel[labels.managedBy])
    throw new Failure('NameTaken', `link ${name}: the Secret ${secretName} is there and is not of a link`, {
      hint: 'give the target another name by --as',
    });
  const { data = {} } = end.secret ?? {};
  if (!isDeepStrictEqual(present?.data, data)) {
    const metadata = { name: secretName, namespace, labels: ourLabel };
    if (present) await here.client.patch(secrets, { namespace, name: secretName }, { data });
    else await here.client.create(secrets, { metadata, type: 'Opaque', data } as never);
    said.push(`Secret ${secretName} ${present ? 'renewed' : 'made'}`);
  }
  const targets = replica.spec.targets ?? [];
  const known = targets.find((one) => one.name === as);
  if (known?.managed)
    throw new Failure('NameTaken', `link ${name}: its target ${as} is managed`, {
      hint: 'give the target another name by --as',
    });
  const next = { ...known, ...target, external: { ...known?.external, ...target.external } };
  if (!isDeepStrictEqual(known, next)) {
    const { resourceVersion } = replica.metadata;
    const others = targets.filter((one) => one.name !== as);
    const patch = { metadata: { resourceVersion }, spec: { targets: [...others, next] } };
    await here.client.patch(syncReplicas, { namespace, name }, patch);
    said.push(
      `${name}: target ${as} is ${target.external?.address}:${target.external?.port}, ${target.external?.module}`,
    );
  }
  return said.length > 0 ? said : [`${name}: nothing to renew`];
};
