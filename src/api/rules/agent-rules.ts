import type { SyncReplicaSpec } from '../schema/syncreplica.generated.ts';
import { parseQuantity } from '../units/quantity.ts';
import { type Rule, rule } from './rule.ts';

type AgentSpec = NonNullable<SyncReplicaSpec['agent']>;
type AgentResources = NonNullable<AgentSpec['resources']>;

const kinds = ['cpu', 'memory'] as const;

/**
 * What the agent reads itself, and what makes it load code: who may write a SyncReplica may not thereby run programs in pods
 * that are somebody else's.
 */
const ownVariables = /^(POD_NAME|POD_UID|PATH|GCONV_PATH|GLIBC_TUNABLES|(SYNCREPLICA|RSYNC|NODE|LD|OPENSSL)_.*)$/;

/** Rules of `spec.agent`. */
export const agentRules: readonly Rule[] = [
  rule<AgentResources>(
    'spec.agent.resources',
    'a request is more than its limit; write a smaller request or a larger limit',
    ({ requests, limits }) =>
      kinds.every(
        (kind) => !((parseQuantity(requests?.[kind] ?? '') ?? 0) > (parseQuantity(limits?.[kind] ?? '') ?? Infinity)),
      ),
    '.requests',
  ),
  ...(['requests', 'limits'] as const).flatMap((part) =>
    kinds.map((kind) =>
      rule<string>(
        `spec.agent.resources.${part}.${kind}`,
        'cpu and memory are quantities above 0; write for example 250m or 256Mi',
        (amount) => (parseQuantity(amount) ?? 0) > 0,
      ),
    ),
  ),
  ...(['requests', 'limits'] as const).map((part) =>
    rule<string>(
      `spec.agent.resources.${part}.memory`,
      'with so little memory an agent is killed before it has sent anything; write 32Mi or more, for example 256Mi',
      (amount) => (parseQuantity(amount) ?? Infinity) >= 32 * 2 ** 20,
    ),
  ),
  rule<AgentSpec['extraEnv'] & object>(
    'spec.agent.extraEnv',
    'two variables have one name; leave one of them out',
    (variables) => new Set(variables.map(({ name }) => name)).size === variables.length,
  ),
  rule<string>(
    'spec.agent.extraEnv[].name',
    "a variable's name is letters, digits and underscores, and begins with no digit; write for example TZ",
    (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
  ),
  rule<string>(
    'spec.agent.extraEnv[].name',
    "the agent's own variables can't be set here (POD_NAME, POD_UID, PATH, GCONV_PATH, GLIBC_TUNABLES, and what begins with SYNCREPLICA_, RSYNC_, NODE_, LD_ or OPENSSL_); leave it out",
    (name) => !ownVariables.test(name),
  ),
];
