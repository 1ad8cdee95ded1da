import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority, issueServerCertificate, type KeyPair } from '../certificates/authority.ts';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { createMetricsRegistry } from '../process/metrics/metrics-registry.ts';
import { type Trust, toAuthority } from './authorities.ts';
import { caBundlePatch } from './ca-bundle.ts';
import { createCertificateFiles } from './certificate-files.ts';
import { exposeCertificateExpiry } from './certificate-source.ts';
import { createLeafKeeper } from './leaf-keeper.ts';

const minute = 60_000;
const start = Date.UTC(2030, 0, 1);
const newTrust = async (): Promise<Trust> => {
  const signer = toAuthority(await createAuthority({ name: 'test', nowMs: start }));
  return { signer, bundle: signer.cert };
};
const folder = mkdtempSync(join(tmpdir(), 'srep-certificates-'));
after(() => rmSync(folder, { recursive: true }));

test('a certificate of this process is renewed in time, and when its authority goes', async () => {
  const clock = createManualClock(start);
  const keeper = createLeafKeeper({
    request: { kind: 'operator' },
    leafLifeMs: 90 * minute,
    clock,
    logger: silentLogger,
  });
  const told: KeyPair[] = [];
  keeper.onChange((pair) => told.push(pair));
  const trust = await newTrust();
  const first = await keeper.refresh(trust);
  assert.equal(await keeper.refresh(trust), first);
  clock.advance(30 * minute);
  assert.notEqual((await keeper.refresh(trust)).cert, first.cert);
  await keeper.refresh(await newTrust());
  assert.equal(told.length, 3);
  assert.equal(keeper.current, told[2]);
});

test('its loop goes on after a failure', async () => {
  const clock = createManualClock(start);
  const keeper = createLeafKeeper({
    request: { kind: 'operator' },
    leafLifeMs: 90 * minute,
    clock,
    logger: silentLogger,
  });
  const good = await newTrust();
  const stop = new AbortController();
  let issued: KeyPair | undefined;
  keeper.onChange((pair) => {
    issued = pair;
  });
  let trust: Trust = { ...good, signer: { cert: 'no', key: 'no' } };
  let looks = 0;
  const running = keeper.run(
    () => {
      looks++;
      return trust;
    },
    minute,
    stop.signal,
  );
  const advanceUntil = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      clock.advance(minute);
      await new Promise(setImmediate);
    }
  };
  await advanceUntil(() => looks === 3);
  assert.equal(issued, undefined);
  trust = good;
  await advanceUntil(() => issued !== undefined);
  stop.abort();
  await running;
});

test('a certificate in files is read anew when it changes, and a broken one is not taken', async () => {
  const authority = await createAuthority({ name: 'test' });
  const write = ({ cert, key }: KeyPair) => {
    writeFileSync(join(folder, 'tls.crt'), cert);
    writeFileSync(join(folder, 'tls.key'), key);
  };
  const files = createCertificateFiles(folder, createManualClock(), silentLogger);
  await assert.rejects(files.refresh(), { code: 'CertificateUnreadable', message: /ENOENT/ });
  const [one, two] = [
    await issueServerCertificate(authority, { names: ['a'] }),
    await issueServerCertificate(authority, { names: ['a'] }),
  ];
  write(one);
  assert.deepEqual(await files.refresh(), one);
  write({ cert: two.cert, key: one.key });
  await assert.rejects(files.refresh(), { code: 'CertificateUnreadable' });
  assert.deepEqual(files.current, one);
  write(two);
  assert.deepEqual(await files.refresh(), two);
});

test('when a certificate ends is a metric', async () => {
  const { cert } = await createAuthority({ name: 'test', nowMs: start, validForMs: minute });
  const registry = createMetricsRegistry();
  exposeCertificateExpiry(registry, { authority: () => cert, webhook: () => undefined });
  const lines = (await registry.render()).split('\n').filter((line) => line.startsWith('syncreplica_certificate'));
  assert.deepEqual(lines, [
    `syncreplica_certificate_expiry_timestamp_seconds{certificate="authority"} ${(start + minute) / 1000}`,
  ]);
});

test('the bundle is written to every webhook of the configuration, and only when it differs', () => {
  const webhook = {
    name: 'pods.syncreplica.io',
    clientConfig: { service: { name: 's', namespace: 'n' } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
  };
  const configuration = { metadata: { name: 'syncreplica', resourceVersion: '7' }, webhooks: [webhook] };
  const patch = caBundlePatch(configuration, 'PEM') as typeof configuration;
  assert.deepEqual(patch, {
    metadata: { resourceVersion: '7' },
    webhooks: [
      { ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: Buffer.from('PEM').toString('base64') } },
    ],
  });
  assert.equal(caBundlePatch({ ...configuration, ...patch }, 'PEM'), undefined);
});
