import { durationRule, type Rule, rule, scheduleRules, within } from '../rules/rule.ts';
import { parseDuration } from '../units/duration.ts';

/** Nobody but what runs beside the agent can be told to be still. */
export const stillUrlNeeded =
  'the application is told on the loopback of its own pod or machine; write for example http://127.0.0.1:8080/still';

const stillUrl = /^http:\/\/(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]{1,5})?(\/[!-~]*)?$/;

export const isStillUrl = (url: string): boolean => stillUrl.test(url);

export const checkpointRules: readonly Rule[] = [
  ...scheduleRules('spec.checkpoints.schedule'),
  rule<string>('spec.checkpoints.stillUrl', stillUrlNeeded, isStillUrl),
  durationRule('spec.checkpoints.timeout'),
  rule<string>('spec.checkpoints.timeout', 'an application is still for 1s to 5m; write for example 30s', (timeout) =>
    within(1_000, 300_000)(parseDuration(timeout) ?? 1_000),
  ),
];
