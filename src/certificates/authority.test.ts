import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { certificateLifetime, isDueForRenewal } from '../process/tls/certificate-expiry.ts';
import { isVolumeName, parseClientIdentity } from '../process/tls/certificate-identity.ts';
import { createAuthority, issueClientCertificate, issueServerCertificate } from './authority.ts';

test('leaves are signed by the authority, for one purpose, with the names given', async () => {
  const authority = await createAuthority({ name: 'test' });
  const ca = new X509Certificate(authority.cert);
  assert.equal(ca.ca, true);
  const server = new X509Certificate(
    (await issueServerCertificate(authority, { names: ['dr.shop.svc', '10.0.0.7', '::1'] })).cert,
  );
  assert.equal(server.verify(ca.publicKey), true);
  assert.equal(server.checkIssued(ca), true);
  assert.equal(server.ca, false);
  assert.equal(server.checkHost('dr.shop.svc'), 'dr.shop.svc');
  assert.equal(server.checkIP('10.0.0.7'), '10.0.0.7');
  assert.ok(server.checkIP('::1'));
  assert.equal(server.checkHost('other'), undefined);
  assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1']);

  const issued = await issueClientCertificate(authority, {
    volumes: ['uploads', 'db-0'],
    replica: { namespace: 'shop', name: 'uploads' },
  });
  const client = new X509Certificate(issued.cert);
  assert.equal(client.checkPrivateKey((await import('node:crypto')).createPrivateKey(issued.key)), true);
  assert.deepEqual(client.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.deepEqual(parseClientIdentity(client.subjectAltName), {
    volumes: ['uploads', 'db-0'],
    replica: { namespace: 'shop', name: 'uploads' },
  });
});

test('a volume name that could mean something else is refused', async () => {
  for (const name of ['', '.', '..', 'a/b', 'a b', '-a', 'a-', 'global', 'GLOBAL', 'a]', 'ä', 'a,b', 'x'.repeat(254)]) {
    assert.equal(isVolumeName(name), false, name);
  }
  for (const name of ['a', 'uploads', 'web-0', 'A.b_c-9', 'x'.repeat(253)])
    assert.equal(isVolumeName(name), true, name);
  const authority = await createAuthority({ name: 'test' });
  await assert.rejects(issueClientCertificate(authority, { volumes: ['a/b'] }), { code: 'VolumeNameInvalid' });
  await assert.rejects(issueClientCertificate(authority, { volumes: [] }), { code: 'VolumeNameInvalid' });
  await assert.rejects(issueServerCertificate({ cert: 'x', key: 'y' }, { names: ['a'] }), { code: 'AuthorityInvalid' });
});

test('names in a certificate that are not ours name nothing', () => {
  assert.deepEqual(parseClientIdentity(undefined), { volumes: [] });
  assert.deepEqual(
    parseClientIdentity(
      'DNS:urn:syncreplica:volume:a, URI:"urn:syncreplica:volume:b, URI:c", URI:urn:syncreplica:volume:../d, URI:http://x',
    ),
    { volumes: [] },
  );
});

test('a certificate is due for renewal after two thirds of its life', async () => {
  const authority = await createAuthority({ name: 'test' });
  const nowMs = Date.UTC(2030, 0, 1);
  const { cert } = await issueServerCertificate(authority, { names: ['a'], nowMs, validForMs: 3_600_000 });
  const lifetime = certificateLifetime(cert);
  assert.equal(lifetime.notBeforeMs, nowMs - 300_000);
  assert.equal(lifetime.notAfterMs, nowMs + 3_600_000);
  assert.equal(isDueForRenewal(lifetime, nowMs), false);
  assert.equal(isDueForRenewal(lifetime, nowMs + 2_300_001), true);
});
