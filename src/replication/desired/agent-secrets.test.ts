import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, agentSettingsVolume, settingsKey } from '../../api/names.ts';
import { look, materialOf, now, podOf, secretOf, worldOf } from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { decodeSecret } from '../secret-data.ts';
import { agentSecrets, presentSettings, rememberedVolumes } from './agent-secrets.ts';

const settings = [...look(worldOf()).settings.values()][0];
assert.ok(settings);
const secretsOf = (observed: Observed, count: number) => {
  const volumes = Array.from({ length: count }, (_, ordinal) => ({
    name: `data-web-${ordinal}`,
    ordinal,
    claim: `data-web-${ordinal}`,
    pods: [`web-${ordinal}`],
  }));
  const names = volumes.map(({ name }) => name);
  return agentSecrets({
    observed,
    identity: { namespace: 'shop', name: 'uploads', uid: 'uid-1' },
    volumes,
    material: materialOf(['dr'], names),
    settings: new Map(names.map((name) => [name, settings])),
  }).map(({ object }) => object);
};

test('each source volume has a Secret of its own, whose size does not grow with their number', () => {
  const [one] = secretsOf(worldOf(), 1);
  const many = secretsOf(worldOf(), 1_000);
  assert.equal(many.length, 1_000);
  assert.equal(JSON.stringify(many[0]).length, JSON.stringify(one).length);
  assert.deepEqual(Object.keys(decodeSecret(many[7] as never)).sort(), [
    'ca.crt',
    'client.crt',
    'client.key',
    'data-web-7.json',
    'tls.crt',
    'tls.key',
  ]);
});

test('what the pods of an earlier version mount goes on to be written', () => {
  const old = podOf('web-0', 'data-web-0');
  old.spec?.volumes?.push({ name: agentSettingsVolume('uploads'), secret: { secretName: 'uploads-srep-agent' } });
  const names = secretsOf(worldOf({ pods: [old] }), 2).map(({ metadata }) => metadata?.name);
  assert.deepEqual(names, [
    agentSecretName('uploads', 'data-web-0'),
    'uploads-srep-agent',
    agentSecretName('uploads', 'data-web-1'),
  ]);
});

test('what was told last and to which volumes is read from every Secret, whichever version wrote it', () => {
  const annotated = (volumes: object) => ({ annotations: { 'syncreplica.io/volumes': JSON.stringify(volumes) } });
  const telling = (generation: number) => ({ [settingsKey('a')]: JSON.stringify({ ...settings, generation }) });
  const owned = {
    ...worldOf().owned,
    secrets: [
      secretOf('uploads-srep-agent', telling(4), annotated({ a: 0, b: 1 })),
      secretOf(agentSecretName('uploads', 'a'), telling(now.wallMs), annotated({ a: 0 })),
      secretOf('spoilt', {}, { annotations: { 'syncreplica.io/volumes': 'no JSON' } }),
    ],
  };
  assert.deepEqual(rememberedVolumes({ owned }), [
    { name: 'a', ordinal: 0 },
    { name: 'b', ordinal: 1 },
  ]);
  assert.equal(presentSettings({ owned }, 'a')?.generation, now.wallMs);
});
