import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedBy } from './network-policies.ts';

const policy = (name: string, spec: object) => ({ metadata: { name }, spec }) as never;
const denyAll = policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
const egress = (ports?: object[], podSelector: object = {}) =>
  policy('some', { podSelector, policyTypes: ['Egress'], egress: [{ ...(ports ? { ports } : {}) }] });

const cases: readonly [string, never[], string | undefined][] = [
  ['no policy', [], undefined],
  ['all denied', [denyAll], 'deny'],
  ['another lets this port', [denyAll, egress([{ port: 8730 }])], undefined],
  ['another lets every port', [denyAll, egress()], undefined],
  ['a range lets it', [denyAll, egress([{ port: 8000, endPort: 9000 }])], undefined],
  ['a port by name may be it', [denyAll, egress([{ port: 'srep' }])], undefined],
  ['only another port', [egress([{ port: 53 }])], 'some'],
  ['only other pods', [egress([{ port: 53 }], { matchLabels: { app: 'db' } })], undefined],
  ['by an expression', [egress([{ port: 53 }], { matchExpressions: [{ key: 'app', operator: 'Exists' }] })], 'some'],
  ['ingress only', [policy('in', { podSelector: {} })], undefined],
];
for (const [what, policies, expected] of cases)
  test(`egress to the receiver: ${what}`, () => {
    assert.equal(closedBy(policies, { app: 'web' }, 'Egress', 8730), expected);
  });

test('without policyTypes a policy is about ingress', () => {
  assert.equal(closedBy([policy('in', { podSelector: {} })], {}, 'Ingress', 18731), 'in');
});
