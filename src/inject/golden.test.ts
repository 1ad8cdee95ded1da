/**
 * Golden pairs: testdata/x.yaml holds a Pod, the SyncReplicas of its namespace and maybe the Namespace;
 * testdata/x.injected.yaml the pod as it should come out. `SYNCREPLICA_UPDATE_GOLDEN=1 node --test src/inject/golden.test.ts`
 * writes the second anew.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import type { Pod } from '../pods/pod.ts';
import { agentTestSettings } from './agent-settings.fixture.ts';
import { injectSidecar } from './inject-sidecar.ts';
import { checkInjectedPod } from './injected-pod.ts';
import { applyPatch, makePatch } from './json-patch.ts';
import { decideInjection, type ReplicaSource } from './policy.ts';

const folder = join(import.meta.dirname, 'testdata');
const update = process.env.SYNCREPLICA_UPDATE_GOLDEN === '1';
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml') && !file.endsWith('.injected.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

const readScene = (name: string): { pod: Pod; inject: (pod: Pod) => Pod } => {
  const documents = parseAllDocuments(readFileSync(join(folder, `${name}.yaml`), 'utf8')).map((d) => d.toJS());
  const ofKind = (kind: string) => documents.filter((document) => document.kind === kind);
  const pod: Pod = ofKind('Pod')[0];
  const namespaceLabels = ofKind('Namespace')[0]?.metadata.labels ?? {};
  const replicas: ReplicaSource[] = ofKind('SyncReplica');
  return {
    pod,
    inject: (given) => {
      const { agents } = decideInjection(given, { namespaceLabels, resources: agentTestSettings.resources }, replicas);
      return injectSidecar(given, agents, agentTestSettings);
    },
  };
};

for (const name of names) {
  test(`golden pair ${name}`, () => {
    const { pod, inject } = readScene(name);
    const before = structuredClone(pod);
    const injected = inject(pod);
    const goldenFile = join(folder, `${name}.injected.yaml`);
    if (update) writeFileSync(goldenFile, stringify(injected, { aliasDuplicateObjects: false, lineWidth: 0 }));
    const golden = parseAllDocuments(readFileSync(goldenFile, 'utf8'))[0]?.toJS();

    assert.deepEqual(injected, golden, 'the golden file is stale');
    assert.deepEqual(pod, before, 'the pod that was given is untouched');
    assert.deepEqual(inject(injected), injected, 'a second injection changes nothing');
    assert.deepEqual(applyPatch(pod, makePatch(pod, injected)), injected, 'the patch gives the same pod');
    assert.doesNotThrow(() => checkInjectedPod(injected));
  });
}

test('every golden file has its input', () => {
  const goldens = readdirSync(folder).filter((file) => file.endsWith('.injected.yaml'));
  assert.deepEqual(goldens.map((file) => file.replace('.injected.yaml', '')).sort(), names.sort());
});
