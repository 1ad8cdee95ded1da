import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import type { Position } from '../../protocol/control.ts';
import type { Link } from '../link/link.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import type { TargetState } from './claim.ts';
import { TargetProof } from './target-proof.ts';
import { rulesOf } from './target-states.ts';

const settings = { ...testSettings, source: '/nowhere', targets: [] };
const claimed: Position = { epoch: 3, sequence: 30 };

/** What is left of a claim once a target, of which it counted, was reached on another connection. */
const reachAgain = (said: { readonly position: Position | null; readonly continues: boolean }): string | undefined => {
  const rules = rulesOf(settings, '1');
  let state: TargetState = {
    epoch: 3,
    position: claimed,
    claim: { outline: 'o', rules, position: claimed, fullPassAt: 5 },
  };
  const proof = new TargetProof({
    target: { kind: 'rsyncd', name: 'backup', host: 'h', port: 1, module: 'm' },
    settings,
    version: '1',
    stateDir: '/nowhere',
    states: {
      read: () => state,
      write: (_, next) => {
        state = next;
      },
    },
    keeper: {
      latest: undefined,
      claimed: () => {},
      want: () => {},
      tidy: () => {},
      forget: () => {},
      compare: async () => undefined,
    },
    logger: silentLogger,
  });
  const reach = (link: Partial<Link>): void => proof.open({ note: { coveredAt: 1, held: null }, ...link } as Link);
  reach({ epoch: 4, position: claimed, continues: true });
  assert.equal(state.claim?.outline, 'o', 'it counts after the restart');
  reach({ epoch: 5, ...said });
  return state.claim?.outline;
};

for (const [what, said, expected] of [
  ['nobody else wrote', { position: claimed, continues: true }, 'o'],
  ['it is further', { position: { epoch: 4, sequence: 1 }, continues: true }, 'o'],
  ['another wrote', { position: claimed, continues: false }, undefined],
  ['its volume was put back to an older state', { position: { epoch: 3, sequence: 29 }, continues: true }, undefined],
  ['it remembers nothing', { position: null, continues: true }, undefined],
] as const)
  test(`what a target was known to have ${expected === undefined ? 'is so no more' : 'stays so'} after a new connection where ${what}`, () => {
    assert.equal(reachAgain(said), expected);
  });
