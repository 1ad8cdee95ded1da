import type { ReadersSpec, TargetSpec } from '../schema/syncreplica.generated.ts';
import { parseQuantity } from '../units/quantity.ts';
import { atLeastMs, durationRule, type Rule, rule, within } from './rule.ts';

/** Rules of a target's readers. */
export const readerRules: readonly Rule[] = [
  rule<TargetSpec>(
    'spec.targets[]',
    'readers copy what a receiver of this cluster has; write managed, with storage',
    ({ managed, readers }) => readers === undefined || managed?.storage !== undefined,
    '.readers',
  ),
  rule<ReadersSpec>(
    'spec.targets[].readers',
    'volume Claim needs a size; write for example size: 10Gi',
    ({ volume, size }) => volume !== 'Claim' || size !== undefined,
    '.size',
  ),
  rule<ReadersSpec>(
    'spec.targets[].readers',
    "a directory of the node has the node's size; leave size out, or write volume: Claim",
    ({ volume = 'HostPath', size }) => volume !== 'HostPath' || size === undefined,
    '.size',
  ),
  rule<ReadersSpec>(
    'spec.targets[].readers',
    'only claims have a StorageClass; leave storageClassName out, or write volume: Claim',
    ({ volume, storageClassName }) => volume === 'Claim' || storageClassName === undefined,
    '.storageClassName',
  ),
  rule<number>(
    'spec.targets[].readers.replicas',
    'replicas is out of range; write a number from 1 to 500',
    within(1, 500),
  ),
  rule<number>('spec.targets[].readers.fanOut', 'fanOut is out of range; write a number from 2 to 64', within(2, 64)),
  rule<string>(
    'spec.targets[].readers.size',
    'a size is a quantity above 0; write for example 50Gi',
    (size) => (parseQuantity(size) ?? 0) > 0,
  ),
  durationRule('spec.targets[].readers.freshFor'),
  rule<string>('spec.targets[].readers.freshFor', 'freshFor is too short; write 15s or more', atLeastMs(15_000)),
];
