import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSyncReplica } from '../parse.ts';
import type { ResolvedExternalTarget } from '../resolved-spec.ts';
import { externalTargetSettings, sshTargetSettings, toReplicationSettings } from './to-replication-settings.ts';

const parsed = parseSyncReplica({
  spec: {
    source: { persistentVolumeClaim: 'uploads', path: 'images' },
    targets: [{ name: 'dr', managed: { storage: '1Gi' } }],
    sync: { maxDelay: '250ms', fullPass: { jitter: '0s' } },
  },
});
assert.ok(parsed.ok);
const { spec } = parsed;

test('the source is the mount joined with the path', () => {
  const place = { generation: 3, targets: [] };
  assert.equal(toReplicationSettings(spec, { ...place, mount: '/data', path: 'images/' }).source, '/data/images');
  assert.equal(toReplicationSettings(spec, { ...place, mount: '/data' }).source, '/data');
  assert.equal(toReplicationSettings(spec, { ...place, mount: '/' }).source, '/');
  assert.equal(toReplicationSettings(spec, { ...place, mount: '/data' }).sync.maxDelayMs, 250);
});

const mutual: ResolvedExternalTarget = {
  address: 'backup.example.com',
  port: 8730,
  module: 'uploads',
  tls: 'Mutual',
  secretName: 'offsite',
};
const secret = { username: 'u', password: 'p', 'ca.crt': 'A', 'tls.crt': 'B', 'tls.key': 'C' };

test('mutual TLS is a receiver', () => {
  assert.deepEqual(externalTargetSettings('offsite', mutual, secret, 'spec.targets[0].external'), {
    kind: 'receiver',
    name: 'offsite',
    host: 'backup.example.com',
    port: 8730,
    volume: 'uploads',
    username: 'u',
    password: 'p',
    tls: { ca: 'A', cert: 'B', key: 'C' },
  });
});

test('a Secret made from files is read without their line ends, and may name what the certificate names', () => {
  const fromFiles = { ...secret, username: 'u\n', password: 'p\r\n', servername: 'replica.example.com\n' };
  const settings = externalTargetSettings('offsite', mutual, fromFiles, 'f');
  assert.ok('kind' in settings && settings.kind === 'receiver');
  assert.deepEqual([settings.username, settings.password], ['u', 'p']);
  assert.equal(settings.tls.servername, 'replica.example.com');
});

test('anything else is an rsync daemon', () => {
  const plain = { ...mutual, tls: 'None' as const };
  assert.deepEqual(externalTargetSettings('offsite', plain, { username: 'u', password: 'p' }, 'f'), {
    kind: 'rsyncd',
    name: 'offsite',
    host: 'backup.example.com',
    port: 8730,
    module: 'uploads',
    username: 'u',
    password: 'p',
  });
  const server = externalTargetSettings('offsite', { ...mutual, tls: 'ServerOnly' }, { 'ca.crt': 'A' }, 'f');
  assert.deepEqual('kind' in server && server.kind === 'rsyncd' && server.tls, { ca: 'A' });
});

test('a Secret that is missing or lacks keys is a problem that names it', () => {
  assert.deepEqual(externalTargetSettings('offsite', mutual, undefined, 'spec.targets[0].external'), {
    field: 'spec.targets[0].external.secretName',
    message: "the Secret offsite doesn't exist; create it, or write the name of one that does",
    code: 'Invalid',
  });
  const { 'tls.key': _, ...rest } = secret;
  const answer = externalTargetSettings('offsite', mutual, rest, 'f');
  assert.equal('message' in answer && answer.message, 'the Secret offsite lacks tls.key; add what is missing');
});

test('a directory behind an sshd comes with the key and the known hosts of its Secret, and says what that lacks', () => {
  const ssh = { address: 'nas.example.com', port: 2222, user: 'shop', path: '/srv/shop/', secretName: 'nas' };
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n';
  const of = (texts: Record<string, string> | undefined) => sshTargetSettings('nas', ssh, texts, 'spec.targets[0].ssh');
  assert.deepEqual(of({ 'ssh-privatekey': key, known_hosts: 'nas ssh-ed25519 x' }), {
    ...{ kind: 'ssh', name: 'nas', host: 'nas.example.com', port: 2222, user: 'shop', path: '/srv/shop' },
    ...{ key, knownHosts: 'nas ssh-ed25519 x' },
  });
  const rows: readonly [Record<string, string> | undefined, RegExp][] = [
    [undefined, /^the Secret nas doesn't exist; create it/],
    [{ known_hosts: 'x' }, /^the Secret nas has no private key as ssh-privatekey; add one without a passphrase/],
    [{ 'ssh-privatekey': 'ssh-ed25519 AAAA', known_hosts: 'x' }, /has no private key/],
    [
      { 'ssh-privatekey': key, known_hosts: ' \n' },
      /lacks known_hosts; add what ssh-keyscan -p 2222 nas.example.com says/,
    ],
  ];
  for (const [texts, sentence] of rows) {
    const answer = of(texts);
    assert.ok('message' in answer);
    assert.match(answer.message, sentence);
    assert.equal(answer.field, 'spec.targets[0].ssh.secretName');
  }
});
