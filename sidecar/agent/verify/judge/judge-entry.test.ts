import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedEntry } from '../../../protocol/verify.ts';
import { type CompareRules, type DifferenceKind, judgeEntry } from './judge-entry.ts';

const file: ListedEntry = {
  name: 'YQ',
  type: 'file',
  size: 10,
  mtime: '1700000001999999999',
  mode: 0o644,
  uid: 1,
  gid: 2,
};
const directory: ListedEntry = { ...file, type: 'directory', size: 0 };
const link: ListedEntry = { ...file, type: 'symlink', size: 0, link: 'Yg', mode: 0o777 };
const fifo: ListedEntry = { ...file, type: 'other', size: 0 };
const all: CompareRules = {
  preserve: { times: true, permissions: true, owners: true, devices: false },
  timeGranularityNs: 1,
  deletes: true,
};
const none: CompareRules = { ...all, preserve: { times: false, permissions: false, owners: false, devices: false } };
const coarse: CompareRules = { ...all, timeGranularityNs: 2_000_000_000 };

const table: readonly [
  string,
  ListedEntry | undefined,
  ListedEntry | undefined,
  CompareRules,
  DifferenceKind | null,
][] = [
  ['the same', file, file, all, null],
  ['nothing on both sides', undefined, undefined, all, null],
  ['only the source has it', file, undefined, all, 'missing'],
  ['only the target has it', undefined, file, all, 'extra'],
  ['only the target has it, and it is kept', undefined, file, { ...all, deletes: false }, null],
  ['a directory where a file is', file, directory, all, 'type'],
  ['another size', file, { ...file, size: 11 }, all, 'size'],
  ['another size goes before another time', file, { ...file, size: 11, mtime: '1' }, all, 'size'],
  ['a link to elsewhere', link, { ...link, link: 'Yw' }, all, 'link'],
  ['modes of links are not kept', link, { ...link, mode: 0o755 }, all, null],
  ['another time', file, { ...file, mtime: '1700000001999999998' }, all, 'time'],
  ['times are not kept', file, { ...file, mtime: '1' }, none, null],
  ['a target of two seconds rounded down', file, { ...file, mtime: '1700000000000000000' }, coarse, null],
  ['a target of two seconds has another', file, { ...file, mtime: '1699999998000000000' }, coarse, 'time'],
  ['before 1970 down is down too', { ...file, mtime: '-1' }, { ...file, mtime: '-2000000000' }, coarse, null],
  ['another mode', directory, { ...directory, mode: 0o755 }, all, 'mode'],
  ['modes are not kept', file, { ...file, mode: 0o600 }, none, null],
  ['larger than is sent', file, undefined, { ...all, maxFileSize: 9 }, null],
  ['as large as is sent', file, undefined, { ...all, maxFileSize: 10 }, 'missing'],
  ['another owner', file, { ...file, gid: 3 }, all, 'owner'],
  ['owners are not kept', file, { ...file, uid: 3 }, none, null],
  ['what can not be copied by its nature', fifo, undefined, all, null],
  ['a device that is asked for', fifo, undefined, { ...all, preserve: { ...all.preserve, devices: true } }, 'missing'],
];

for (const [name, source, target, rules, kind] of table) {
  test(`${name}: ${kind ?? 'no difference'}`, () => assert.equal(judgeEntry(source, target, rules), kind));
}
