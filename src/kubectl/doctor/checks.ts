import { X509Certificate } from 'node:crypto';
import { annotations, labels, ports } from '../../api/names.ts';
import type { Pod } from '../../cluster/objects.ts';
import { isReceiver } from '../../pods/pod-state.ts';
import { ageOf, formatAge } from '../ages.ts';
import { keyOf } from '../fetch-replicas.ts';
import { remedyForWrong } from '../remedies.ts';
import { concernsOf, isSeen, standingsOf } from '../summary.ts';
import type { Facts } from './facts.ts';
import { certificates, room } from './figure-checks.ts';
import type { Finding } from './finding.ts';
import { closedBy } from './network-policies.ts';

type Check = (facts: Facts) => readonly Finding[];

const dayMs = 86_400_000;
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: so }) => type === 'Ready' && so === 'True') ?? false;
const podKey = ({ metadata }: Pod): string => `${metadata?.namespace}/${metadata?.name}`;

const operator: Check = ({ operatorPods }) => {
  if (operatorPods === undefined) return [];
  const ready = operatorPods.filter(isReady).length;
  const about = operatorPods[0]?.metadata?.namespace ?? 'cluster';
  if (ready > 0)
    return [{ level: 'fine', check: 'operator', about, message: `${ready} of ${operatorPods.length} run` }];
  return [
    {
      level: 'wrong',
      check: 'operator',
      about,
      message: operatorPods.length === 0 ? 'no operator is installed' : 'no operator is ready',
      remedy:
        operatorPods.length === 0
          ? 'install the chart'
          : `kubectl describe pods -n ${about}; agents and receivers go on meanwhile`,
    },
  ];
};

const webhook: Check = ({ webhook: found, localMs }) => {
  if (found === undefined) return [];
  const about = found?.metadata?.name ?? 'cluster';
  const bundle = found?.webhooks?.[0]?.clientConfig?.caBundle;
  const wrong = (message: string, remedy: string): Finding[] => [
    { level: 'wrong', check: 'webhook', about, message, remedy },
  ];
  if (!found) return wrong('the webhook is not registered, so that no pod gets an agent', 'install the chart again');
  if (!bundle) return wrong('the API server trusts no certificate of it', 'look at the log of the leading operator');
  const pems = Buffer.from(bundle, 'base64')
    .toString('utf8')
    .match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g);
  const last = Math.max(...(pems ?? []).map((pem) => Date.parse(new X509Certificate(pem).validTo)));
  if (!(last > localMs))
    return wrong('its certificate authority has expired', 'restart the operator; it makes a new one');
  const ends = `its authority is good for ${formatAge((last - localMs) / 1000)}`;
  const remedy = 'look at the log of the leading operator: it makes a new one long before the end';
  if (last - localMs < dayMs) return [{ level: 'warning', check: 'webhook', about, message: ends, remedy }];
  return [{ level: 'fine', check: 'webhook', about, message: ends }];
};

const injection: Check = ({ trials }) =>
  trials.map(({ about, result }): Finding => {
    const base = { check: 'injection', about };
    if (result.kind === 'injected')
      return { ...base, level: 'fine', message: 'a pod of the source would get its agent' };
    if (result.kind === 'notAllowed')
      return { ...base, level: 'unknown', message: 'not tried: you may not create pods here, not even by a dry run' };
    if (result.kind === 'refused')
      return { ...base, level: 'wrong', message: result.message, remedy: refusalRemedy(result.message) };
    return {
      ...base,
      level: 'wrong',
      message: 'a pod of the source would start without an agent',
      remedy:
        'the API server does not reach the webhook, or the namespace opts out: look at syncreplica.io/injection, and at NetworkPolicies to the operator’s port 9443',
    };
  });

const refusalRemedy = (message: string): string => {
  if (/PodSecurity/.test(message)) return 'with access: SameUser an agent needs no more than its application';
  if (/quota/.test(message)) return 'raise the ResourceQuota, or lower the agent’s requests in the values of the chart';
  if (/(maximum|minimum|limit)/i.test(message)) return 'let the LimitRange admit the agent’s requests and limits';
  return 'the message names what refuses the pod';
};

const conditions: Check = ({ replicas, localMs }) =>
  replicas.flatMap((replica): Finding[] => {
    const about = keyOf(replica);
    if (!isSeen(replica))
      return [
        {
          level: 'wrong',
          check: 'status',
          about,
          message: 'no operator has looked at it',
          remedy: 'look whether the operator runs, and whether it watches this namespace',
        },
      ];
    const found = concernsOf(replica).map(
      ({ reason, message, since }): Finding => ({
        level: reason === 'Paused' || reason === 'NoWriter' || reason === 'Waiting' ? 'warning' : 'wrong',
        check: reason,
        about,
        message: `${message} (for ${ageOf(since, localMs)})`,
        remedy: remedyForWrong(reason),
      }),
    );
    return found.length > 0 ? found : [{ level: 'fine', check: 'status', about, message: 'in sync as asked for' }];
  });

const targets: Check = ({ replicas, localMs }) =>
  replicas.flatMap((replica) =>
    standingsOf(replica).flatMap(({ volume, row }): Finding[] => {
      // What a condition says already is not said twice.
      const isSaid = concernsOf(replica).some(({ reason }) => reason === row.lastError?.reason);
      if (row.state === 'Online' || row.state === 'New' || !row.lastError?.reason || isSaid) return [];
      const { reason, message = '', time } = row.lastError;
      return [
        {
          level: 'wrong',
          check: 'target',
          about: `${keyOf(replica)} ${row.target}`,
          message: `${volume} does not reach it: ${reason}: ${message} (${ageOf(time, localMs)} ago)`,
          remedy: remedyForWrong(reason),
        },
      ];
    }),
  );

const isInjected = ({ metadata }: Pod): boolean => metadata?.labels?.[labels.injected] === 'true';

const receivers: Check = ({ pods, claims }) => [
  ...pods
    .filter((pod) => isReceiver(pod) && !isReady(pod))
    .map(
      (pod): Finding => ({
        level: 'wrong',
        check: 'receiver',
        about: podKey(pod),
        message: `the receiver is ${pod.status?.phase ?? 'unknown'}, not ready`,
        remedy: `kubectl describe pod ${pod.metadata?.name} -n ${pod.metadata?.namespace}`,
      }),
    ),
  ...claims
    .filter(({ metadata, status }) => metadata?.labels?.[labels.replica] && status?.phase === 'Pending')
    .map(
      ({ metadata }): Finding => ({
        level: 'wrong',
        check: 'claim',
        about: `${metadata?.namespace}/${metadata?.name}`,
        message: 'the target’s claim has no volume yet',
        remedy: `kubectl describe pvc ${metadata?.name} -n ${metadata?.namespace}`,
      }),
    ),
];

const networks: Check = ({ pods, networkPolicies }) =>
  pods.filter(isInjected).flatMap((pod): Finding[] => {
    const near = networkPolicies.filter(({ metadata }) => metadata?.namespace === pod.metadata?.namespace);
    const find = (direction: 'Egress' | 'Ingress', port: number, what: string): Finding[] => {
      const policy = closedBy(near, pod.metadata?.labels ?? {}, direction, port);
      if (policy === undefined) return [];
      return [
        {
          level: direction === 'Egress' ? 'wrong' : 'warning',
          check: 'network',
          about: podKey(pod),
          message: `NetworkPolicy ${policy} ${what}`,
          remedy: `add to it: ${direction.toLowerCase()}: [{ ports: [{ port: ${port} }] }]`,
        },
      ];
    };
    return [
      ...find('Egress', ports.receiver, `lets the agent reach no receiver (port ${ports.receiver})`),
      ...find('Ingress', ports.agentApi, `lets the operator not ask the agent (port ${ports.agentApi})`),
    ];
  });

const versions: Check = ({ pods, operatorPods }) => {
  const current = operatorPods?.[0]?.metadata?.labels?.[labels.appVersion];
  if (current === undefined) return [];
  return pods.filter(isInjected).flatMap((pod): Finding[] => {
    const { version } = parseStatus(pod.metadata?.annotations?.[annotations.status]);
    if (version === undefined || version === current) return [];
    return [
      {
        level: 'warning',
        check: 'version',
        about: podKey(pod),
        message: `its agent is of version ${version}, the operator of ${current}`,
        remedy: 'restart the pod when it suits; the two understand each other meanwhile',
      },
    ];
  });
};

const parseStatus = (text: string | undefined): { readonly version?: string } => {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    // Somebody wrote over it: then no version is known.
    return {};
  }
};

const skewLimitMs = 5_000;

const clocks: Check = ({ serverMs, localMs, replicas }) => {
  const skewMs = serverMs === undefined ? 0 : localMs - serverMs;
  const now = serverMs ?? localMs;
  const findings: Finding[] = [];
  if (Math.abs(skewMs) > skewLimitMs)
    findings.push({
      level: 'warning',
      check: 'clock',
      about: 'this machine',
      message: `its clock differs from the API server's by ${formatAge(Math.abs(skewMs) / 1000)}: ages shown are off by it`,
      remedy: 'set the clock (NTP)',
    });
  for (const replica of replicas) {
    for (const { volume, row } of standingsOf(replica)) {
      const aheadMs = Date.parse(row.lastSyncTime ?? '') - now;
      if (!(aheadMs > skewLimitMs)) continue;
      findings.push({
        level: 'warning',
        check: 'clock',
        about: `${keyOf(replica)} ${row.target}`,
        message: `${volume} was synced ${formatAge(aheadMs / 1000)} in the future: the clock of its node is ahead`,
        remedy: 'set the clock of the node (NTP); certificates are judged by it too',
      });
    }
  }
  return findings;
};

/** All that is looked for, in the order in which a person would. */
export const checks: readonly Check[] = [
  operator,
  webhook,
  injection,
  conditions,
  targets,
  receivers,
  networks,
  versions,
  room,
  certificates,
  clocks,
];
