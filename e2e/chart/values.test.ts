import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { documentedValues } from '../../scripts/generate/chart-values.ts';
import type { ValueEffect } from './effect-rows.ts';
import { operatorEffects } from './operator-effects.ts';
import { otherEffects } from './other-effects.ts';
import { chartFolder, helm, ofKind, type Rendered, release, renderJson } from './render.ts';

const valueEffects = [...operatorEffects, ...otherEffects];

/** Everything below `at`; `*` gives each item, and a variable's name what its value holds as JSON. */
const find = (object: Rendered, [key, ...rest]: readonly (string | number)[]): unknown[] => {
  if (key === undefined) return [object];
  if (key === '*') return (object ?? []).flatMap((item: Rendered) => find(item, rest));
  const variable = Array.isArray(object) && typeof key === 'string' && object.find(({ name }) => name === key);
  return find(variable ? JSON.parse(variable.value) : object?.[key], rest);
};

const matches = (objects: Rendered[], { kind, at, is }: ValueEffect): boolean => {
  const found = ofKind(objects, kind).flatMap((object) => find(object, at));
  if (is === undefined) return found.every((one) => one === undefined);
  return found.some((one) => (is instanceof RegExp ? is.test(JSON.stringify(one)) : isDeepStrictEqual(one, is)));
};

test('every value has an effect that is looked at', () => {
  const text = readFileSync(join(chartFolder, 'values.yaml'), 'utf8');
  const tried = valueEffects.map(({ set }) => set.split('=')[0] as string);
  const missing = documentedValues(parseDocument(text))
    .map(({ key }) => key)
    .filter((key) => !tried.some((one) => one === key || one.startsWith(`${key}.`)));
  assert.deepEqual(missing, []);
});

const plain = await renderJson();
for (const effect of valueEffects) {
  test(`${effect.set} has its effect, and without it there is none`, async () => {
    const rest = effect.with ?? [];
    assert.ok(matches(await renderJson(...rest, effect.set), effect), `${effect.kind} ${effect.at.join('.')}`);
    assert.ok(!matches(rest.length > 0 ? await renderJson(...rest) : plain, effect), 'it is so anyway');
  });
}

test('annotations and labels for all are on every object', async () => {
  const objects = await renderJson(
    'commonLabels={"team":"x"}',
    'commonAnnotations={"owner":"y"}',
    'webhook.certManager.enabled=true',
    'monitoring.podMonitor.enabled=true',
    'monitoring.serviceMonitor.enabled=true',
  );
  for (const { kind, metadata } of objects) {
    assert.equal(metadata.labels?.team, 'x', `${kind} ${metadata.name}`);
    assert.equal(metadata.annotations?.owner, 'y', `${kind} ${metadata.name}`);
  }
});

test('on OpenShift, which is known by a kind that it has, users are left to it', async () => {
  const assigned = async (...words: string[]): Promise<string | undefined> => {
    const { stdout } = await helm(['template', release.name, chartFolder, ...words]);
    return /SYNCREPLICA_ASSIGNED_USERS\n\s+value: "(\w+)"/.exec(stdout)?.[1];
  };
  assert.equal(await assigned(), 'false');
  assert.equal(await assigned('--api-versions', 'security.openshift.io/v1/SecurityContextConstraints'), 'true');
});

test('with a list of namespaces there is no right on anything of others', async () => {
  const objects = await renderJson('watchNamespaces=["shop","blog"]');
  const wide = ofKind(objects, 'ClusterRole').find(({ metadata }) => metadata.name === release.name);
  assert.deepEqual(wide.rules.flatMap(({ resources }: Rendered) => resources).sort(), [
    'mutatingwebhookconfigurations',
    'namespaces',
    'storageclasses',
  ]);
  for (const kind of ['Role', 'RoleBinding']) {
    const served = ofKind(objects, kind).filter(({ metadata }) => metadata.name === `${release.name}-served`);
    assert.deepEqual(served.map(({ metadata }) => metadata.namespace).sort(), ['blog', 'shop']);
  }
});
