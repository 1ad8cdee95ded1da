import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyRights, rights } from '../../src/kubectl/rights.ts';
import { ofKind, render } from './render.ts';

const objects = await render();

test('the role for whoever is on call allows what the verbs need and nothing else', () => {
  const role = ofKind(objects, 'ClusterRole').find(({ metadata }) => metadata.name === 'syncreplica-on-call');
  assert.deepEqual(role.rules, rights);
  const reading = ofKind(objects, 'ClusterRole').find(({ metadata }) => metadata.name === 'syncreplica-history');
  assert.deepEqual(reading.rules, historyRights);
  assert.ok(
    ![...rights, ...historyRights].some(
      ({ resources }) => resources.includes('secrets') || resources.includes('pods/exec'),
    ),
  );
});

test('users get rights on SyncReplicas only by the roles they have, and no one may write a status', () => {
  const aggregated = ofKind(objects, 'ClusterRole').filter(({ metadata }) =>
    Object.keys(metadata.labels).some((label) => label.includes('aggregate-to')),
  );
  assert.deepEqual(aggregated.map(({ metadata }) => metadata.name).sort(), ['syncreplica-edit', 'syncreplica-view']);
  for (const { rules } of aggregated) {
    for (const { apiGroups, resources, verbs } of rules) {
      assert.deepEqual(apiGroups, ['syncreplica.io']);
      const writes = verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb));
      assert.ok(!(writes && resources.includes('syncreplicas/status')));
    }
  }
});
