import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptMassStore } from './kept-mass.ts';
import type { MassDirectory } from './mass-directory.ts';

test('a place for what is deleted is given out once its path is durable: else nobody knows where it belongs', async () => {
  const done: string[] = [];
  const turns = async (what: string): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve));
    done.push(what);
  };
  const directory: Partial<MassDirectory> = {
    writeNote: () => turns('note'),
    addLines: (lines) => turns(lines),
    place: (name) => ({ fd: -1, name }),
  };
  const mass = await KeptMassStore.make(directory as MassDirectory, { id: 'm', reason: 'Mass', forMs: 1_000 }, 0);
  const places = await mass.reserve(['a', 'b'], 1_000, 0);
  assert.deepEqual(done, ['note', 'YQ\nYg\n']);
  assert.deepEqual(
    places.map(({ name }) => name),
    ['1', '2'],
  );
});
