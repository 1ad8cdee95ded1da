import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { parseDuration } from './duration.ts';
import { nextRunAfter } from './next-run.ts';
import { parseQuantity } from './quantity.ts';
import { isSchedule, rangesRunForwards } from './schedule.ts';

const durations: readonly [string, number | undefined][] = [
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['1.5s', 1500],
  ['1h30m', 5_400_000],
  ['250us', 0.25],
  ['1d', undefined],
  ['5', undefined],
  ['-1s', undefined],
  ['s', undefined],
];
for (const [text, expected] of durations) test(`duration ${text}`, () => assert.equal(parseDuration(text), expected));

const quantities: readonly [string, number | undefined][] = [
  ['1Ki', 1024],
  ['50Mi', 52_428_800],
  ['1.5G', 1_500_000_000],
  ['1e3', 1000],
  ['100m', 0.1],
  ['.5Gi', 536_870_912],
  ['5GB', undefined],
  ['', undefined],
  ['Mi', undefined],
];
for (const [text, expected] of quantities) test(`quantity ${text}`, () => assert.equal(parseQuantity(text), expected));

const figure = fc
  .oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 7 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 70 }) },
  )
  .map(String);
const item = fc.oneof(
  fc.constant('*'),
  figure,
  fc.tuple(figure, figure).map(([from, to]) => `${from}-${to}`),
  fc.tuple(fc.constantFrom('*', '1-5', '7'), figure).map(([base, step]) => `${base}/${step}`),
);
const schedule = fc
  .array(fc.array(item, { minLength: 1, maxLength: 2 }), { minLength: 4, maxLength: 6 })
  .map((fields) => fields.map((items) => items.join(',')).join(' '));

const crd = parseYaml(readFileSync(new URL('../../../crds/syncreplica.yaml', import.meta.url), 'utf8'));
const { sync } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
const celText: string = sync.properties.fullPass.properties.schedule['x-kubernetes-validations'][0].rule;
const celPattern = new RegExp(/^self\.matches\('(.*)'\)$/.exec(celText)?.[1] ?? '(?!)');

test('what is taken for a schedule is one for the scheduler and for the CRD', () => {
  let accepted = 0;
  fc.assert(
    fc.property(schedule, (text) => {
      assert.equal(isSchedule(text), celPattern.test(text), text);
      if (!isSchedule(text) || !rangesRunForwards(text)) return;
      accepted += 1;
      assert.doesNotThrow(() => nextRunAfter(text, new Date()), text);
    }),
    { numRuns: 5000 },
  );
  assert.ok(accepted > 20, `${accepted} accepted`);
});

test('a range runs forwards, from a figure to itself too', () => {
  for (const text of ['0 5-5 * * *', '0-59 0 * * 1-5', '5,10-20/5 * * * *', '@daily'])
    assert.ok(rangesRunForwards(text), text);
  for (const text of ['30-10 * * * *', '0 1-5,23-22 * * *', '0 10-9 * * *']) assert.ok(!rangesRunForwards(text), text);
});

test('every @name is a schedule for both', () => {
  for (const name of ['hourly', 'daily', 'midnight', 'weekly', 'monthly', 'yearly', 'annually']) {
    assert.ok(isSchedule(`@${name}`) && celPattern.test(`@${name}`));
    assert.doesNotThrow(() => nextRunAfter(`@${name}`, new Date()));
  }
});
