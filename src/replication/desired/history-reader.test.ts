import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { formatHistoryReader, longestReadingMs, parseHistoryReader } from '../../api/history-reader.ts';
import { annotations } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { createAuthority } from '../../certificates/authority.ts';
import { parseClientIdentity } from '../../process/tls/certificate-identity.ts';
import { keepHistoryReader } from './history-reader.ts';

const nowMs = Date.UTC(2026, 2, 1);
const makeKey = (namedCurve = 'P-256'): string =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const publicKey = makeKey();
const untilMs = nowMs + 1_800_000;
const authority = await createAuthority({ name: 'test', nowMs });
const trust = { signer: authority, bundle: authority.cert };
const replicaOf = (wish: string | undefined, historyReader?: object): SyncReplica =>
  ({
    metadata: {
      name: 'uploads',
      ...(wish === undefined ? {} : { annotations: { [annotations.historyReader]: wish } }),
    },
    status: { historyReader },
  }) as never;

const wishes: readonly (readonly [string, string | undefined, boolean])[] = [
  ['none', undefined, false],
  ['half an hour', formatHistoryReader({ untilMs, publicKey }), true],
  ['over', formatHistoryReader({ untilMs: nowMs, publicKey }), false],
  ['too long', formatHistoryReader({ untilMs: nowMs + longestReadingMs + 1, publicKey }), false],
  ['no time', `soon ${publicKey}`, false],
  ['no key', `${new Date(untilMs).toISOString()} AAAA`, false],
  ['more behind it', `${formatHistoryReader({ untilMs, publicKey })} x`, false],
];
for (const [name, text, isGood] of wishes) {
  test(`a wish to read the past: ${name}`, () => {
    assert.deepEqual(parseHistoryReader(text, nowMs), isGood ? { untilMs, publicKey } : undefined);
  });
}

test('its key is certified once, for these volumes and until then; what is no key asks for nothing', async () => {
  const wish = formatHistoryReader({ untilMs, publicKey });
  const made = await keepHistoryReader(replicaOf(wish), ['shop.uploads-dr-0'], trust, nowMs);
  assert.ok(made);
  const certificate = new X509Certificate(made.certificate);
  assert.deepEqual(parseClientIdentity(certificate.subjectAltName), { volumes: [], history: ['shop.uploads-dr-0'] });
  assert.equal(certificate.validToDate.getTime(), untilMs);
  assert.equal(certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'), publicKey);
  assert.ok(certificate.checkIssued(new X509Certificate(made.authorities)));
  assert.equal(await keepHistoryReader(replicaOf(wish, made), ['shop.uploads-dr-0'], trust, nowMs), made);
  assert.equal(await keepHistoryReader(replicaOf(wish, made), ['shop.uploads-dr-0'], trust, untilMs), undefined);
  assert.equal(await keepHistoryReader(replicaOf(wish), [], trust, nowMs), undefined);
  const other = formatHistoryReader({ untilMs, publicKey: makeKey() });
  const renewed = await keepHistoryReader(replicaOf(other, made), ['shop.uploads-dr-0'], trust, nowMs);
  assert.notEqual(renewed?.certificate, made.certificate);
  const weak = formatHistoryReader({ untilMs, publicKey: makeKey('P-384') });
  assert.equal(await keepHistoryReader(replicaOf(weak), ['shop.uploads-dr-0'], trust, nowMs), undefined);
});
