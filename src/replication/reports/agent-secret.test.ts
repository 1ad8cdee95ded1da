import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSecretName, credentialFiles, settingsKey } from '../../api/names.ts';
import { createCaches } from '../../caches/caches.ts';
import { look, wellWorld } from '../decide/observed.fixture.ts';
import { encodeSecret } from '../secret-data.ts';
import { settingsIn, writerTlsOf } from './agent-secret.ts';

const [settings] = [...look(wellWorld()).settings.values()];
const { ca, cert, key } = credentialFiles;

test('what agents of a volume are told, and what they show, is read from their Secret', () => {
  const caches = createCaches();
  const reporter = { kind: 'receiver', namespace: 'shop', pod: 'uploads-dr-0', replica: 'uploads' } as const;
  const volumes = [{ name: 'data', ordinal: 0, pods: [] }];
  assert.equal(settingsIn(caches, reporter, 'data'), undefined);
  assert.equal(writerTlsOf(caches, reporter, volumes), undefined);
  const texts = { [settingsKey('data')]: JSON.stringify(settings), [ca]: 'CA', [cert]: 'CERT', [key]: 'KEY' };
  const metadata = { namespace: 'shop', name: agentSecretName('uploads', 'data') };
  caches.secrets.replace([{ metadata, data: encodeSecret(texts) }]);
  assert.deepEqual(settingsIn(caches, reporter, 'data'), settings);
  assert.deepEqual(writerTlsOf(caches, reporter, volumes), { ca: 'CA', cert: 'CERT', key: 'KEY' });
  assert.equal(writerTlsOf(caches, { ...reporter, pod: 'uploads-dr-1' }, volumes), undefined);
});
