import type { NetworkPolicy } from '../../cluster/objects.ts';

type Labels = Readonly<Record<string, string>>;
type Selector = { readonly matchLabels?: Labels; readonly matchExpressions?: readonly Expression[] } | undefined;
interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors; empty selects all. */
const selects = (selector: Selector, labels: Labels): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'NotIn' ? !isIn : isIn;
  });

const opensPort = (
  ports: readonly { readonly port?: unknown; readonly endPort?: number }[] | undefined,
  port: number,
): boolean =>
  !ports ||
  ports.length === 0 ||
  ports.some(
    // A port by name may be any.
    (one) => typeof one.port !== 'number' || one.port === port || (one.port <= port && port <= (one.endPort ?? 0)),
  );

/**
 * The policy that keeps pods with these labels from a TCP port of any other pod; undefined where one lets them, or none
 * is about them. Policies add up: one that lets is enough. To whom it lets is not judged, which only hides a fault.
 */
export const closedBy = (
  policies: readonly NetworkPolicy[],
  labels: Labels,
  direction: 'Egress' | 'Ingress',
  port: number,
): string | undefined => {
  const about = policies.filter(({ spec }) => {
    const types = spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])];
    return spec !== undefined && types.includes(direction) && selects(spec.podSelector as Selector, labels);
  });
  const rules = (policy: NetworkPolicy) => (direction === 'Egress' ? policy.spec?.egress : policy.spec?.ingress) ?? [];
  const isOpen = about.some((policy) => rules(policy).some(({ ports }) => opensPort(ports as never, port)));
  return isOpen ? undefined : about[0]?.metadata?.name;
};
