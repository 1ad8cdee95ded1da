import { parseQuantity } from '../../api/units/quantity.ts';
import type { Container, Pod, Resources } from '../../pods/pod.ts';

/** What a namespace asks of its pods, as far as an agent could break it. Quantities as they are written there. */
export interface NamespaceLimits {
  /** Items of its LimitRanges. */
  readonly ranges: readonly LimitRangeItem[];
  /** Its ResourceQuotas without scopes. */
  readonly quotas: readonly { readonly hard: Quantities; readonly used: Quantities }[];
}

export interface LimitRangeItem {
  readonly type: string;
  readonly min?: Quantities;
  readonly max?: Quantities;
  readonly maxLimitRequestRatio?: Quantities;
}

type Quantities = Readonly<Record<string, string>>;

export const noLimits: NamespaceLimits = { ranges: [], quotas: [] };

/** With less an agent is killed before it has sent anything. */
const leastBytes = 32 * 2 ** 20;

type Amounts = { request: number; limit: number | undefined };

/**
 * The agent's resources as the namespace's LimitRanges and quotas take them, or why no agent can be had: the pod without one is
 * better than no pod. https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export const fitResources = (
  wanted: Resources,
  pod: Pod,
  own: readonly Container[],
  { ranges, quotas }: NamespaceLimits,
): Resources | 'LimitRange' | 'QuotaExceeded' => {
  // What a pod has as a whole is counted as a whole.
  if (pod.spec.resources?.requests || pod.spec.resources?.limits) return wanted;
  const requests: Record<string, string> = { ...wanted.requests };
  const limits: Record<string, string> = { ...wanted.limits };
  for (const resource of ['cpu', 'memory'] as const) {
    const before: Amounts = {
      request: amount(requests[resource]) ?? 0,
      limit: amount(limits[resource]),
    };
    const isLimitAsked = quotas.some(({ hard }) => hard[`limits.${resource}`] !== undefined);
    const asked = { ...before, limit: before.limit ?? (isLimitAsked ? before.request * 4 : undefined) };
    const fitted = ranges
      .filter(({ type }) => type === 'Container')
      .reduce((amounts, item) => fitContainer(amounts, item, resource), asked);
    const whole = ranges.filter(({ type }) => type === 'Pod');
    if (!isFit(fitted, ranges, resource) || !whole.every((item) => fitsPod(fitted, own, item, resource)))
      return 'LimitRange';
    if (!quotas.every((quota) => fitsQuota(fitted, own, quota, resource))) return 'QuotaExceeded';
    if (fitted.request !== before.request) requests[resource] = format(resource, fitted.request);
    if (fitted.limit !== before.limit && fitted.limit !== undefined) limits[resource] = format(resource, fitted.limit);
  }
  return Object.keys(limits).length > 0 ? { requests, limits } : { requests };
};

type Resource = 'cpu' | 'memory';

const amount = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseQuantity(text));

const fitContainer = ({ request, limit }: Amounts, item: LimitRangeItem, resource: Resource): Amounts => {
  const [min, max] = [amount(item.min?.[resource]), amount(item.max?.[resource])];
  const ratio = amount(item.maxLimitRequestRatio?.[resource]);
  // A maximum, as a ratio, asks for a limit.
  const asked = limit ?? (max !== undefined ? max : ratio !== undefined ? request * ratio : undefined);
  const top = asked === undefined ? undefined : Math.max(min ?? 0, Math.min(asked, max ?? Infinity));
  const least = Math.max(request, min ?? 0, ratio !== undefined && top !== undefined ? top / ratio : 0);
  return { request: Math.min(least, top ?? Infinity), limit: top };
};

/** Several ranges may contradict each other, and a range may leave too little to work with. */
const isFit = ({ request, limit }: Amounts, ranges: readonly LimitRangeItem[], resource: Resource): boolean =>
  !(resource === 'memory' && limit !== undefined && limit < leastBytes) &&
  ranges
    .filter(({ type }) => type === 'Container')
    .every((item) => {
      const [min, max] = [amount(item.min?.[resource]), amount(item.max?.[resource])];
      const ratio = amount(item.maxLimitRequestRatio?.[resource]);
      return (
        (min === undefined || (request >= min && (limit === undefined || limit >= min))) &&
        (max === undefined || (limit !== undefined && limit <= max && request <= max)) &&
        (ratio === undefined || (limit !== undefined && limit / request <= ratio * 1.000_001))
      );
    });

/** Only where the pod alone would fit is the agent the reason. */
const fitsPod = (agent: Amounts, own: readonly Container[], item: LimitRangeItem, resource: Resource): boolean => {
  const max = amount(item.max?.[resource]);
  if (max === undefined) return true;
  const alone = sum(own, 'limits', resource);
  return alone > max || alone + (agent.limit ?? agent.request) <= max;
};

const fitsQuota = (
  agent: Amounts,
  own: readonly Container[],
  { hard, used }: NamespaceLimits['quotas'][number],
  resource: Resource,
): boolean =>
  (['requests', 'limits'] as const).every((kind) => {
    const most = amount(hard[`${kind}.${resource}`] ?? (kind === 'requests' ? hard[resource] : undefined));
    if (most === undefined) return true;
    const left = most - (amount(used[`${kind}.${resource}`] ?? used[resource]) ?? 0);
    const alone = sum(own, kind, resource);
    return alone > left || alone + (kind === 'requests' ? agent.request : (agent.limit ?? 0)) <= left;
  });

const sum = (own: readonly Container[], kind: 'requests' | 'limits', resource: Resource): number =>
  own.reduce((total, { resources }) => {
    const text = resources?.[kind]?.[resource] ?? (kind === 'requests' ? resources?.limits?.[resource] : undefined);
    return total + (amount(text) ?? 0);
  }, 0);

const format = (resource: Resource, value: number): string =>
  resource === 'cpu' ? `${Math.ceil(value * 1_000)}m` : `${Math.ceil(value / 2 ** 20)}Mi`;
