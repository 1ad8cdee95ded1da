import type { TargetSpec } from '../schema/syncreplica.generated.ts';
import { parseHistorySize } from '../units/history-size.ts';
import { atLeastMs, durationRule, type Rule, rule, scheduleRules, within } from './rule.ts';

/** Rules of what is kept of a target's past: its history, and snapshots of its claims. */
export const historyRules: readonly Rule[] = [
  rule<TargetSpec>(
    'spec.targets[]',
    'snapshots are taken of claims that the operator made; write them where the receiver of an external target is',
    (target) => target.managed !== undefined || target.snapshots === undefined,
    '.snapshots',
  ),
  ...scheduleRules('spec.targets[].snapshots.schedule'),
  rule<number>(
    'spec.targets[].snapshots.keep',
    'keep is out of range; write a number from 1 to 1000',
    within(1, 1_000),
  ),
  rule<TargetSpec>(
    'spec.targets[]',
    'history is kept by a receiver that the operator runs; write it where the receiver of an external target is',
    (target) => target.managed !== undefined || target.history === undefined,
    '.history',
  ),
  durationRule('spec.targets[].history.keep'),
  rule<string>(
    'spec.targets[].history.keep',
    'history is kept for too short a time; write 1m or more, for example 24h',
    atLeastMs(60_000),
  ),
  rule<string>(
    'spec.targets[].history.maxSize',
    'the size of a history is a share from 1% to 100%, or a quantity above 0; write for example 20% or 10Gi',
    (size) => parseHistorySize(size) !== undefined,
  ),
];
