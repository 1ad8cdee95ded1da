import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../testing/agent-fixture.ts';
import type { Link } from '../link.ts';
import { Writer } from './writer.ts';

const settings = { ...testSettings, source: '/nowhere', targets: [] };

test('a writer whose epoch another has ended asks as a stranger, and takes over no second time', async () => {
  const asked: { holder: string; epoch: number; takeOver: boolean }[] = [];
  const writer = new Writer({
    target: { kind: 'rsyncd', name: 'backup', host: 'h', port: 1, module: 'm' },
    holder: 'pod',
    takeOver: true,
    stateDir: '/nowhere',
    openLink: async (_, { holder, epoch, takeOver }) => {
      asked.push({ holder, epoch, takeOver });
      return { epoch: 7 } as Link;
    },
  });
  await writer.open(settings);
  await writer.open(settings);
  writer.fence();
  await writer.open(settings);
  const [first, second, third] = asked;
  assert.deepEqual(first, { holder: 'pod', epoch: 0, takeOver: true });
  assert.deepEqual(second, { holder: 'pod', epoch: 7, takeOver: true });
  assert.deepEqual({ ...third, holder: '' }, { holder: '', epoch: 0, takeOver: false });
  assert.match(third?.holder ?? '', /^pod#.+/);
});
