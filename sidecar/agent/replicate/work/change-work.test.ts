import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import type { ControlClient } from '../../../protocol/connection/control-client.ts';
import type { RelPath } from '../../changes/change.ts';
import { PendingSet } from '../../pending/pending-set.ts';
import { type Executor, nothingSent } from '../../send/executor.ts';
import type { SourceView } from '../../source/source-view.ts';
import { testSettings } from '../../testing/agent-fixture.ts';
import { type ChangeWorkContext, workOnBatch } from './change-work.ts';

/** Works on one name that went and is there again as a directory. @returns what is taken away first, and what is compared */
const workOnRemade = async (target: 'receiver' | 'plain daemon', isClear: boolean) => {
  const pending = new PendingSet();
  pending.add({ sequence: 1, at: 1, change: { kind: 'delete', path: 'd' } });
  const batch = pending.take(1);
  assert.ok(batch);
  const cleared: RelPath[] = [];
  const compared: RelPath[] = [];
  const source: Pick<SourceView, 'look' | 'listBelow'> = {
    look: () => ({ kind: 'directory' }),
    listBelow: async () => [],
  };
  const executor = {
    plan: async () => ({ big: [], deletions: [], parents: new Set() }),
    carryOut: async () => nothingSent,
  };
  const context: Partial<ChangeWorkContext> = {
    sync: testSettings.sync,
    source: source as SourceView,
    filter: compileFilter({ exclude: [], include: [] }),
    pending,
    executor: executor as unknown as Executor,
    copier: undefined,
    deleter: {
      clear: async (paths: readonly RelPath[]) => {
        cleared.push(...paths);
        return isClear ? paths : [];
      },
    } as unknown as ChangeWorkContext['deleter'],
    outcomes: {
      begun() {},
      note() {},
      cleared() {},
      renamed() {},
      done() {},
    } as unknown as ChangeWorkContext['outcomes'],
    control: target === 'receiver' ? ({} as ControlClient) : undefined,
    isOfFormerRoot: false,
    onSubtrees: (paths) => void compared.push(...paths),
    onDone: () => {},
  };
  assert.equal(await workOnBatch(batch, context as ChangeWorkContext), undefined);
  return { cleared, compared };
};

test('what a name held that went is taken away, or compared away, where a directory has it before it is looked at', async () => {
  assert.deepEqual(await workOnRemade('receiver', true), { cleared: ['d'], compared: [] });
  assert.deepEqual(await workOnRemade('receiver', false), { cleared: ['d'], compared: ['d'] });
  assert.deepEqual(await workOnRemade('plain daemon', false), { cleared: [], compared: ['d'] });
});
