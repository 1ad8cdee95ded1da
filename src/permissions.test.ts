import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchedResources } from './caches/caches.ts';
import { pathOf } from './cluster/resources.ts';
import { permissions } from './permissions.ts';

const table = permissions({ webhookConfiguration: 'syncreplica' });
const allows = (group: string, resource: string, verb: string): boolean =>
  table.some((rule) => rule.group === group && rule.resources.includes(resource) && rule.verbs.includes(verb));

test('every rule says why, and none allows everything', () => {
  for (const { group, resources, verbs, why } of table) {
    assert.ok(why.length > 5, resources.join());
    for (const word of [group, ...resources, ...verbs]) assert.notEqual(word, '*');
    for (const verb of verbs) assert.ok(!['escalate', 'bind', 'impersonate', 'deletecollection'].includes(verb));
  }
});

test('what is watched may be read', () => {
  for (const { resource } of watchedResources) {
    for (const verb of ['get', 'list', 'watch'])
      assert.ok(allows(resource.group, resource.plural, verb), pathOf(resource));
  }
});

test('nothing of the cluster’s roles, nodes or workloads of others can be changed', () => {
  for (const [group, resource] of [
    ['rbac.authorization.k8s.io', 'clusterroles'],
    ['rbac.authorization.k8s.io', 'rolebindings'],
    ['', 'nodes'],
    ['apps', 'deployments'],
    ['', 'pods/exec'],
    ['', 'configmaps'],
  ] as const) {
    for (const verb of ['create', 'update', 'patch', 'delete'])
      assert.equal(allows(group, resource, verb), false, resource);
  }
  assert.equal(allows('', 'pods', 'delete'), false, 'nothing is restarted by surprise');
  assert.equal(allows('', 'pods', 'create'), false);
});
