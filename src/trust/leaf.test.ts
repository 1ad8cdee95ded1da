import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority } from '../certificates/authority.ts';
import { judgeAuthorities, type Trust, type TrustTiming, toAuthority } from './authorities.ts';
import { judgeLeaf, keepLeaf, type LeafRequest } from './leaf.ts';

const nowMs = Date.UTC(2030, 0, 1);
const minute = 60_000;
const timing: TrustTiming = { authorityLifeMs: 3000 * minute, leafLifeMs: 90 * minute, announceMs: 10 * minute };
const server: LeafRequest = { kind: 'server', names: ['*.dr-pods.shop.svc', 'dr.shop.svc', '10.0.0.7', 'fd00::1'] };
const client: LeafRequest = { kind: 'client', volumes: ['uploads'], replica: { namespace: 'shop', name: 'uploads' } };

const newTrust = async (atMs = nowMs): Promise<Trust> => {
  const pair = await createAuthority({ name: 'test', nowMs: atMs, validForMs: timing.authorityLifeMs });
  const { trust } = judgeAuthorities([toAuthority(pair)], atMs, timing);
  assert.ok(trust);
  return trust;
};
const issue = (trust: Trust, request: LeafRequest, atMs = nowMs) =>
  keepLeaf(undefined, request, trust, { nowMs: atMs, leafLifeMs: timing.leafLifeMs });

for (const request of [server, client, { kind: 'operator' } as const]) {
  test(`a ${request.kind} certificate is kept until a third of its life is over`, async () => {
    const trust = await newTrust();
    const leaf = await issue(trust, request);
    assert.equal(leaf.verdict, 'missing');
    assert.equal(judgeLeaf(leaf, request, trust, nowMs + 30 * minute - 1), 'keep');
    assert.equal(judgeLeaf(leaf, request, trust, nowMs + 30 * minute), 'due');
    const again = await keepLeaf(leaf, request, trust, { nowMs, leafLifeMs: timing.leafLifeMs });
    assert.equal(again.cert, leaf.cert);
  });
}

test('other names, another authority, a key of another certificate and nonsense are replaced', async () => {
  const trust = await newTrust();
  const leaf = await issue(trust, server);
  const other = await issue(trust, server);
  assert.equal(judgeLeaf(leaf, { kind: 'server', names: ['a'] }, trust, nowMs), 'other-names');
  assert.equal(judgeLeaf(leaf, client, trust, nowMs), 'other-names');
  assert.equal(judgeLeaf(leaf, server, await newTrust(), nowMs), 'untrusted');
  assert.equal(judgeLeaf({ cert: leaf.cert, key: other.key }, server, trust, nowMs), 'unreadable');
  assert.equal(judgeLeaf({ cert: 'no', key: 'no' }, server, trust, nowMs), 'unreadable');
});

test('what was judged once costs a part of that: no signature is looked at again, and time counts all the same', async () => {
  const trust = await newTrust();
  const leaf = await issue(trust, server);
  const cpuOf = (work: () => void): number => {
    const before = process.cpuUsage();
    for (let round = 0; round < 200; round++) work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const again = cpuOf(() => assert.equal(judgeLeaf(leaf, server, trust, nowMs), 'keep'));
  let other = 0;
  const anew = cpuOf(() => {
    other += 1;
    judgeLeaf(leaf, { kind: 'server', names: [`other-${other}`] }, trust, nowMs);
  });
  assert.ok(again < anew / 2, `${again} µs and ${anew} µs`);
  assert.equal(judgeLeaf(leaf, server, trust, nowMs + 30 * minute), 'due');
});

test('a leaf of the old authority stays good while that is trusted', async () => {
  const old = toAuthority(await createAuthority({ name: 'old', nowMs, validForMs: timing.authorityLifeMs }));
  const at = (minutes: number) => nowMs + minutes * minute;
  const next = toAuthority(
    await createAuthority({ name: 'next', nowMs: at(1000), validForMs: timing.authorityLifeMs }),
  );
  const trustAt = (minutes: number): Trust => {
    const { trust } = judgeAuthorities([old, next], at(minutes), timing);
    assert.ok(trust);
    return trust;
  };
  const leaf = await issue(trustAt(1009), server, at(1009));
  assert.equal(new X509Certificate(leaf.cert).checkIssued(new X509Certificate(old.cert)), true);
  assert.equal(judgeLeaf(leaf, server, trustAt(1020), at(1020)), 'keep');
  const renewed = await keepLeaf(leaf, server, trustAt(1040), { nowMs: at(1040), leafLifeMs: timing.leafLifeMs });
  assert.equal(renewed.verdict, 'due');
  assert.equal(new X509Certificate(renewed.cert).checkIssued(new X509Certificate(next.cert)), true);
  assert.equal(judgeLeaf(renewed, server, trustAt(1009), at(1040)), 'keep', 'a peer with old news trusts it already');
});

test('no leaf outlives the authority that signed it', async () => {
  const pair = await createAuthority({ name: 'brief', nowMs, validForMs: 30 * minute });
  const { trust } = judgeAuthorities([toAuthority(pair)], nowMs, timing);
  assert.ok(trust);
  const leaf = await issue(trust, server);
  assert.equal(new X509Certificate(leaf.cert).validTo, new X509Certificate(pair.cert).validTo);
  assert.equal(judgeLeaf(leaf, server, trust, nowMs + 10 * minute), 'due');
});
