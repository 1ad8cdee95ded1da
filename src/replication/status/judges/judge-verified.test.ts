import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldDeletes, VerificationStatus } from '../../../../sidecar/protocol/agent-status.ts';
import { agentOf, conditionOf, look, messageOf, now, reportOf, wellWorld } from '../../decide/observed.fixture.ts';

const clean: VerificationStatus = {
  verifiedAt: now.wallMs - 60_000,
  mode: 'Checksum',
  entries: 10,
  differences: 0,
  samples: [],
  found: 0,
  repaired: 0,
  rests: 0,
  running: null,
  answered: '2026-01-01',
  trouble: null,
};

const lookAt = (verification: VerificationStatus | undefined, heldDeletes: HeldDeletes | null = null) =>
  look(
    wellWorld({
      agents: new Map([
        [
          'web-a',
          {
            at: now.monotonicMs,
            status: agentOf([reportOf('dr', { heldDeletes, ...(verification === undefined ? {} : { verification }) })]),
          },
        ],
      ]),
    }),
  );

const table: readonly [string, VerificationStatus | undefined, string, RegExp][] = [
  ['an agent that does not verify', undefined, 'Unknown NotVerified', /was not compared yet/],
  ['before the first end', { ...clean, verifiedAt: null }, 'Unknown NotVerified', /uploads on dr was not compared yet/],
  ['nothing differs', clean, 'True NoDifference', /nothing differs/],
  [
    'something differs',
    { ...clean, differences: 3, samples: ['a/b (content)'] },
    'False Diverged',
    /3 entries of uploads on dr differ from the source, for example a\/b \(content\); they are sent again/,
  ],
  ['it can not be done', { ...clean, trouble: 'too old' }, 'Unknown VerifyFailed', /can't be compared: too old/],
];

for (const [name, verification, expected, message] of table) {
  test(`Verified: ${name}: ${expected}`, () => {
    const condition = lookAt(verification).status?.conditions?.find(({ type }) => type === 'Verified');
    assert.equal(`${condition?.status} ${condition?.reason}`, expected);
    assert.match(condition?.message ?? '', message);
  });
}

test('what is there only because its deletion is held is a difference, and nobody says that nothing differs', () => {
  const held = { id: 'a41f', reason: 'TooMany', count: 4212, samples: [], since: now.wallMs } as const;
  const plan = lookAt(clean, held);
  assert.equal(conditionOf(plan, 'Verified'), 'False DeletesHeld');
  assert.match(
    messageOf(plan, 'Verified'),
    /4212 entries of uploads on dr .*see the condition DeletesHeld; nothing else differs/,
  );
  assert.equal(conditionOf(plan, 'DeletesHeld'), 'True GuardHeld');
});

test('a row of the status tells when and what was compared', () => {
  const running = { mode: 'Checksum', startedAt: 1, entriesDone: 5, entriesTotal: 10, bytesDone: 100 } as const;
  const row = lookAt({ ...clean, found: 4, repaired: 3, differences: 1, samples: ['a (mode)'], running }).status
    ?.volumes?.[0]?.replicas?.[0];
  assert.equal(Date.parse(row?.verifiedAt ?? ''), Math.floor((now.wallMs - 60_000) / 1000) * 1000);
  assert.deepEqual(row?.verification, {
    mode: 'Checksum',
    entries: 10,
    differences: 1,
    found: 4,
    repaired: 3,
    samples: ['a (mode)'],
    answered: '2026-01-01',
    progress: { entriesDone: 5, entriesTotal: 10, bytesDone: 100 },
  });
});
