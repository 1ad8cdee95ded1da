import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { credentialFiles, metricsServerName, receiverHost, usersFile } from '../../api/names.ts';
import { externalTargetSettings } from '../../api/settings/to-replication-settings.ts';
import { createAuthority } from '../../certificates/authority.ts';
import { parseClientIdentity } from '../../process/tls/certificate-identity.ts';
import { credentialTiming } from '../../trust/credentials.ts';
import { agentServerName, ensureMaterial, materialKeys, receiverSecretTexts, writerSecretTexts } from './material.ts';

const replica = { namespace: 'shop', name: 'uploads', uid: 'u' };
const authority = await createAuthority({ name: 'test' });
const trust = { signer: authority, bundle: authority.cert };
const nowMs = Date.now();
const question = {
  replica,
  managedTargets: [{ name: 'dr', ordinals: 2 }],
  existing: {
    receivers: new Map<string, Record<string, string>>(),
    writers: new Map<string, Record<string, string>>(),
    agents: new Map<string, Record<string, string>>(),
  },
  volumes: [
    { name: 'data-web-0', ordinal: 0 },
    { name: 'data-web-1', ordinal: 1 },
  ],
  trust,
  nowMs,
  leafLifeMs: 90 * 86_400_000,
  credentialTiming: credentialTiming({ leafLifeMs: 90 * 86_400_000, announceMs: 86_400_000 }),
};

test('certificates name each receiver, the agents, and the volumes that may be written', async () => {
  const material = await ensureMaterial(question);
  const server = new X509Certificate(material.receivers.get('dr')?.server.cert ?? '');
  for (const ordinal of [0, 1, 12]) {
    const host = receiverHost('shop', 'uploads', 'dr', ordinal);
    assert.equal(server.checkHost(host), `*.uploads-dr-pods.shop.svc`, host);
  }
  assert.ok(server.checkHost('uploads-dr.shop.svc'), 'the asked-for Service');
  assert.ok(server.checkHost(metricsServerName), 'a Prometheus, which knows one name for all');
  assert.equal(server.checkHost('uploads-dr-0.uploads-dr-pods.other.svc'), undefined);
  const balanced = await ensureMaterial({
    ...question,
    managedTargets: [{ name: 'dr', ordinals: 1, addresses: ['203.0.113.7', 'dr.example.com'] }],
  });
  const outside = new X509Certificate(balanced.receivers.get('dr')?.server.cert ?? '');
  assert.ok(outside.checkIP('203.0.113.7') && outside.checkHost('dr.example.com'), 'what a load balancer gave');
  for (const { name, ordinal } of question.volumes) {
    const agent = material.agents.get(name);
    assert.ok(agent);
    for (const name of [agentServerName(replica), metricsServerName])
      assert.ok(new X509Certificate(agent.server.cert).checkHost(name), name);
    assert.deepEqual(parseClientIdentity(new X509Certificate(agent.client.cert).subjectAltName), {
      volumes: [`shop.uploads-dr-${ordinal}`],
      replica: { namespace: 'shop', name: 'uploads' },
    });
  }
});

test('what is there and good stays; what no longer fits is made anew', async () => {
  const first = await ensureMaterial(question);
  const receiver = first.receivers.get('dr');
  assert.ok(receiver);
  const texts = receiverSecretTexts(receiver, first.bundle);
  const existing = {
    receivers: new Map([['dr', texts]]),
    writers: new Map(),
    agents: new Map(
      [...first.agents].map(([volume, { server, client }]) => [
        volume,
        {
          [credentialFiles.cert]: server.cert,
          [credentialFiles.key]: server.key,
          [materialKeys.clientCert]: client.cert,
          [materialKeys.clientKey]: client.key,
        },
      ]),
    ),
  };
  const same = await ensureMaterial({ ...question, existing });
  assert.deepEqual(receiverSecretTexts(same.receivers.get('dr') ?? receiver, same.bundle), texts);
  const shownBy = ({ agents }: typeof first) =>
    [...agents].map(([volume, one]) => [volume, one.server.cert, one.client.cert]);
  assert.deepEqual(shownBy(same), shownBy(first));

  const volumes = [...question.volumes, { name: 'data-web-2', ordinal: 2 }];
  const grown = await ensureMaterial({ ...question, volumes, existing, managedTargets: [{ name: 'dr', ordinals: 3 }] });
  assert.deepEqual(shownBy(grown).slice(0, 2), shownBy(first), 'another volume changes nothing for these');
  assert.equal(grown.receivers.get('dr')?.server.cert, receiver.server.cert, 'the wildcard covers it');
  assert.equal(grown.receivers.get('dr')?.credential.password, receiver.credential.password);

  const later = await ensureMaterial({ ...question, existing, nowMs: nowMs + 31 * 86_400_000 });
  assert.notEqual(later.receivers.get('dr')?.server.cert, receiver.server.cert, 'a third of its life is over');
});

test('a SyncReplica with external targets only has a certificate that opens no receiver', async () => {
  const { agents } = await ensureMaterial({ ...question, managedTargets: [] });
  const shown = agents.get('data-web-0')?.client.cert ?? '';
  assert.deepEqual(parseClientIdentity(new X509Certificate(shown).subjectAltName).volumes, ['shop.uploads.agents']);
});

test('a target offered to the outside has a certificate for agents elsewhere, which are no agents of this installation', async () => {
  assert.equal((await ensureMaterial(question)).receivers.get('dr')?.writer, undefined);
  const offered = { ...question, managedTargets: [{ name: 'dr', ordinals: 1, isPublic: true }] };
  const { receivers, bundle } = await ensureMaterial(offered);
  const receiver = receivers.get('dr');
  const writer = receiver?.writer;
  assert.ok(receiver && writer);
  const texts = writerSecretTexts(replica, 'dr', { ...receiver, writer }, bundle);
  const identity = parseClientIdentity(new X509Certificate(texts['tls.crt'] ?? '').subjectAltName);
  assert.deepEqual(identity, { volumes: ['shop.uploads-dr-0'] });
  assert.ok(new X509Certificate(receiver.server.cert).checkHost(texts.servername ?? ''), 'whatever its address');
  const external = { address: '192.0.2.1', port: 30730, module: 'shop.uploads-dr-0', secretName: 's' } as const;
  const settings = externalTargetSettings('dr', { ...external, tls: 'Mutual' }, texts, 'f');
  assert.ok('kind' in settings && settings.kind === 'receiver' && settings.tls.servername === 'uploads-dr.shop.svc');

  const existing = { ...question.existing, writers: new Map([['dr', texts]]) };
  const kept = await ensureMaterial({ ...offered, existing });
  assert.equal(kept.receivers.get('dr')?.writer?.cert, writer.cert);
});

test('a password is replaced with both accepted in between, but not where somebody has copied it', async () => {
  const minute = 60_000;
  const rotate = async (isPublic: boolean) => {
    const managedTargets = [{ name: 'dr', ordinals: 1, isPublic }];
    let existing: typeof question.existing = question.existing;
    const at = async (afterMs: number) => {
      const made = await ensureMaterial({ ...question, existing, managedTargets, nowMs: nowMs + afterMs });
      const receiver = made.receivers.get('dr');
      assert.ok(receiver);
      const texts = receiverSecretTexts(receiver, made.bundle);
      existing = { ...existing, receivers: new Map([['dr', texts]]) };
      const passwords = made.replaced.filter((what) => what.includes('password'));
      return { user: texts.username ?? '', users: texts[usersFile]?.trim().split('\n') ?? [], passwords };
    };
    const month = 31 * 1440 * minute;
    return [await at(0), await at(month), await at(month + 10 * minute), await at(month + 20 * minute)] as const;
  };
  const [first, announced, used, retired] = await rotate(false);
  assert.deepEqual([first.users.length, first.passwords], [1, []]);
  assert.deepEqual([announced.user, announced.users.length, announced.passwords], [first.user, 2, []]);
  assert.notEqual(used.user, first.user);
  assert.deepEqual([used.users, used.passwords], [announced.users, ['the password of target dr']]);
  assert.deepEqual([retired.user, retired.users, retired.passwords], [used.user, used.users.slice(1), []]);
  assert.match(retired.users[0] ?? '', new RegExp(`^${retired.user}:.{40,}$`));
  for (const { user, users } of await rotate(true))
    assert.deepEqual([users.length, users[0]?.startsWith(user)], [1, true]);
});
