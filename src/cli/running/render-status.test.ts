import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import { formatBar, formatBytes, formatCount, formatSeconds } from '../../terminal/format-figures.ts';
import { renderTable } from '../../terminal/table.ts';
import { makeLiveBlock, plainPaint } from '../../terminal/terminal.ts';
import { allInSync, renderStatus } from './render-status.ts';

const replica: ReplicaStatus = {
  target: 'dr',
  link: 'Online',
  initialPassDone: true,
  inSync: true,
  lagSeconds: 0,
  pending: 0,
  position: { epoch: 1, sequence: 9 },
  lastSyncAt: 99_000,
  lastFullPassAt: 90_000,
  progress: null,
  lastError: null,
  heldDeletes: null,
  skipped: { count: 0, samples: [] },
  transferredBytes: 1536,
  transferredFiles: 1200,
  renames: 3,
};
const status: AgentStatus = {
  version: '0.1.0',
  holder: 'h',
  source: '/data',
  generation: 1,
  paused: false,
  startedAt: 10_000,
  phase: 'Watching',
  watch: {
    kind: 'inotify',
    watchedDirectories: 2001,
    watchLimit: 65_536,
    overflows: 0,
    unreadable: { count: 0, samples: [] },
  },
  degraded: [],
  replicas: [replica],
};

test('a quiet agent', () => {
  assert.deepEqual(renderStatus(status, 100_000, plainPaint, 200), [
    '/data  Watching  2,001 of 65,536 directories watched by inotify, up 1m 30s',
    '  dr      Online      in sync      lag 0 s      pending 0       sent 1,200 files, 1.5 KiB, 3 renames  last sync 1.0 s ago',
  ]);
  assert.ok(allInSync(status));
});

test('a narrow terminal gets two lines', () => {
  const lines = renderStatus(status, 100_000, plainPaint, 80);
  assert.equal(lines.length, 3);
  assert.ok(lines.every((line) => line.length <= 90));
});

test('a restore counts first, then shows a part of what was counted', () => {
  const counting = {
    phase: 'Restore',
    step: 'Comparing',
    filesDone: 0,
    filesTotal: 0,
    bytesDone: 0,
    bytesTotal: 0,
    startedAt: 95_000,
    etaSeconds: null,
  } as const;
  const lineOf = (progress: ReplicaStatus['progress']) =>
    renderStatus({ ...status, phase: 'Restoring', replicas: [{ ...replica, progress }] }, 100_000, plainPaint, 200)[2];
  assert.match(lineOf(counting) ?? '', /restore {2}counting what there is to bring \(5\.0 s\)/);
  const half = {
    ...counting,
    step: 'Transferring',
    filesTotal: 4,
    filesDone: 2,
    bytesTotal: 2048,
    bytesDone: 1024,
  } as const;
  assert.match(lineOf(half) ?? '', /restore .* 50 % {2}2\/4 files, 1\.0 KiB of 2\.0 KiB/);
});

test('a first pass is a part of nothing while the total still grows', () => {
  const progress = {
    phase: 'InitialPass',
    step: 'Comparing',
    filesDone: 300,
    filesTotal: 1200,
    bytesDone: 25 * 1024 ** 2,
    bytesTotal: 100 * 1024 ** 2,
    startedAt: 95_000,
    etaSeconds: null,
  } as const;
  const lines = renderStatus({ ...status, replicas: [{ ...replica, progress }] }, 100_000, plainPaint, 200);
  assert.equal(
    lines[2]?.trim(),
    'first pass  comparing, 300 of 1,200 files that differ so far are sent, 25.0 MiB (5.0 s)',
  );
});

test('a first pass shows how far it is, its rate and the time left', () => {
  const progress = {
    phase: 'InitialPass',
    step: 'Transferring',
    filesDone: 300,
    filesTotal: 1200,
    bytesDone: 25 * 1024 ** 2,
    bytesTotal: 100 * 1024 ** 2,
    startedAt: 95_000,
    etaSeconds: 15,
  } as const;
  const lines = renderStatus(
    { ...status, replicas: [{ ...replica, inSync: false, progress }] },
    100_000,
    plainPaint,
    200,
  );
  assert.equal(
    lines[2]?.trim(),
    `first pass  ${'█'.repeat(6)}${'░'.repeat(18)}  25 %  300/1,200 files, 25.0 MiB of 100 MiB, 5.0 MiB/s, 15.0 s left (transferring)`,
  );
});

test('trouble is said with what to do', () => {
  const troubled: ReplicaStatus = {
    ...replica,
    link: 'Offline',
    inSync: false,
    lastError: { reason: 'TargetFull', message: 'no space left', at: 95_000 },
    heldDeletes: { id: 'abc', reason: 'SourceEmpty', count: 12_000, samples: [], since: 0 },
    skipped: { count: 2, samples: ['secret/a'] },
  };
  const text = renderStatus(
    { ...status, degraded: [{ reason: 'WatchLimitReached', message: 'raise the limit' }], replicas: [troubled] },
    100_000,
    plainPaint,
    200,
  ).join('\n');
  for (const part of [
    '! raise the limit',
    'Offline',
    'TargetFull: no space left (5.0 s ago)',
    '12,000 deletions are held (SourceEmpty); if that is meant, release abc',
    "2 entries can't be copied, for example secret/a",
  ])
    assert.ok(text.includes(part), `${part}\n${text}`);
  assert.equal(allInSync({ ...status, replicas: [replica, troubled] }), false);
  assert.equal(allInSync({ ...status, replicas: [] }), false);
});

test('figures', () => {
  assert.deepEqual([0, 1023, 1024, 150 * 1024, 3.2e9].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '150 KiB',
    '3.0 GiB',
  ]);
  assert.deepEqual([0, 0.0042, 0.25, 2.34, 75, 7300].map(formatSeconds), [
    '0 s',
    '4.2 ms',
    '250 ms',
    '2.3 s',
    '1m 15s',
    '2h 1m',
  ]);
  assert.equal(formatCount(1_234_567), '1,234,567');
  for (const fraction of [-1, 0, 0.3, 0.99, 1, 7]) assert.equal([...formatBar(fraction, 10)].length, 10);
});

interface FakeStream {
  isTTY: boolean;
  columns: number;
  written: string;
  write(text: string): boolean;
}
const stream = (isTTY: boolean): FakeStream => ({
  isTTY,
  columns: 20,
  written: '',
  write(text) {
    this.written += text;
    return true;
  },
});

test('a pipe gets no control codes, and nothing twice', () => {
  const out = stream(false);
  const block = makeLiveBlock(out as never, false);
  block.draw(['a']);
  block.draw(['a']);
  block.draw([block.paint('red', 'b')]);
  assert.equal(out.written, 'a\nb\n');
});

/** What a terminal shows after all of it: only what is cleared and moved by lines is understood. */
const screenOf = (written: string, from: readonly string[] = ['']): string[] => {
  const lines = [...from];
  let row = lines.length - 1;
  for (const [, code, kind, text] of written.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|([\s\S])/g)) {
    if (kind === 'A' || kind === 'F') row = Math.max(0, row - Number(code || 1));
    else if (kind === 'K') lines[row] = '';
    else if (kind === 'J') lines.splice(row, lines.length, '');
    else if (text === '\n') row += 1;
    else if (text !== undefined && text !== '\r') lines[row] = `${lines[row] ?? ''}${text}`;
    lines[row] ??= '';
  }
  return lines.filter((line) => line !== '');
};

test('a terminal is drawn over, lines cut to its width, also of wide characters', () => {
  const out = stream(true);
  const block = makeLiveBlock(out as never, true);
  block.draw(['x'.repeat(30), 'y']);
  assert.deepEqual(screenOf(out.written), [`${'x'.repeat(19)}…`, 'y']);
  block.draw(['写真'.repeat(10)]);
  assert.deepEqual(screenOf(out.written), [`${'写真'.repeat(4)}写…`], 'two columns each');
  block.leave(['for good']);
  block.draw(['z']);
  assert.deepEqual(screenOf(out.written), ['for good', 'z']);
});

test('a terminal that became narrower, and broke the lines anew, keeps nothing of the old picture', () => {
  const out = stream(true);
  const block = makeLiveBlock(out as never, true);
  block.leave(['for good']);
  block.draw(['x'.repeat(18), '写真'.repeat(4)]);
  const broken = ['for good', 'x'.repeat(10), 'x'.repeat(8), '写真写真写', '真写真', ''];
  out.written = '';
  out.columns = 10;
  block.draw(['a', 'b']);
  assert.deepEqual(screenOf(out.written, broken), ['for good', 'a', 'b']);
  block.leave(['more']);
  assert.equal(screenOf(out.written, broken).at(1), 'more');
});

test('names of wide characters keep columns under their headings', () => {
  const lines = renderTable(
    ['NAME', 'AGE'],
    [
      ['写真', '1s'],
      ['ab', '2s'],
    ],
    plainPaint,
  );
  assert.deepEqual(lines, ['NAME   AGE', '写真   1s', 'ab     2s']);
});
