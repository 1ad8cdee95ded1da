import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestoreProgress } from './restore-progress.ts';

const printed =
  '\r          32768   0%    0.00kB/s    0:00:00  ' +
  '\r         200000  25%   53.16MB/s    0:00:00 (xfr#1, to-chk=3/5)\n' +
  '\r         432768  54%   53.16MB/s    0:00:00  ' +
  '\r         600000  75%   62.06MB/s    0:00:00 (xfr#3, to-chk=1/5)\r' +
  '         610000  76%   62.06MB/s    0:00:00  \r';

test('the total is known before the first byte and stays; what is done only grows', () => {
  let now = 1_000;
  const progress = new RestoreProgress(() => now);
  assert.deepEqual(
    { ...progress.progress() },
    {
      phase: 'Restore',
      step: 'Comparing',
      filesDone: 0,
      filesTotal: 0,
      bytesDone: 0,
      bytesTotal: 0,
      startedAt: 1_000,
      etaSeconds: null,
    },
  );
  progress.begin({ transferred: 4, transferredBytes: 800_000 });
  const seen: [number, number][] = [];
  for (const byte of Buffer.from(printed)) {
    now += 10;
    progress.accept(Buffer.from([byte]));
    const { filesTotal, bytesTotal, bytesDone, filesDone } = progress.progress();
    assert.deepEqual([filesTotal, bytesTotal], [4, 800_000]);
    seen.push([bytesDone, filesDone]);
  }
  assert.deepEqual(
    seen,
    [...seen].sort(([a, b], [c, d]) => a - c || b - d),
  );
  assert.deepEqual(seen.at(-1), [610_000, 3]);
  const left = progress.progress().etaSeconds ?? 0;
  assert.ok(Math.abs(left - (190_000 / 610_000) * ((now - 1_000) / 1000)) < 0.001, String(left));
});

test('files that have grown since they were counted are no more than all', () => {
  const progress = new RestoreProgress(() => 0);
  progress.begin({ transferred: 1, transferredBytes: 100 });
  progress.accept(Buffer.from('            900 100%    0.00kB/s    0:00:00 (xfr#2, to-chk=0/2)\n'));
  assert.deepEqual(
    [progress.progress().bytesDone, progress.progress().filesDone, progress.progress().etaSeconds],
    [100, 1, null],
  );
});
