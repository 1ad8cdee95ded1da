import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { compileFilter } from '../../filter/filter.ts';
import { chooseSource, type SourceChoice } from './choose-source.ts';
import { createChangeSource } from './create-change-source.ts';

const rows: readonly [string, NodeJS.Platform, number | undefined, SourceChoice | undefined, SourceChoice][] = [
  ['ext4', 'linux', 0xef53, undefined, 'inotify'],
  ['xfs', 'linux', 0x58465342, undefined, 'inotify'],
  ['btrfs', 'linux', 0x9123683e, undefined, 'inotify'],
  ['tmpfs', 'linux', 0x01021994, undefined, 'inotify'],
  ['overlayfs', 'linux', 0x794c7630, undefined, 'inotify'],
  ['NFS', 'linux', 0x6969, undefined, 'polling'],
  ['CephFS', 'linux', 0x00c36400, undefined, 'polling'],
  ['SMB2', 'linux', 0xfe534d42, undefined, 'polling'],
  ['SMB2 as a negative number', 'linux', 0xfe534d42 | 0, undefined, 'polling'],
  ['FUSE', 'linux', 0x65735546, undefined, 'polling'],
  ['an unknown one', 'linux', 0x12345678, undefined, 'inotify'],
  ['what statfs can not tell', 'linux', undefined, undefined, 'inotify'],
  ['APFS', 'darwin', 0x1a, undefined, 'chokidar'],
  ['NFS with an override', 'linux', 0x6969, 'inotify', 'inotify'],
  ['ext4 with an override', 'linux', 0xef53, 'polling', 'polling'],
  ['an override to what the platform lacks', 'darwin', 0x1a, 'inotify', 'chokidar'],
];
for (const [what, platform, statfsType, override, choice] of rows) {
  test(`watches ${what} on ${platform} by ${choice}`, () => {
    assert.equal(chooseSource({ platform, statfsType, override }), choice);
  });
}

test('creates what was chosen', async () => {
  const options = { root: tmpdir(), filter: compileFilter({ include: [], exclude: [] }), events: [] };
  assert.equal((await createChangeSource({ ...options, override: 'inotify' })).kind, 'inotify');
  assert.equal((await createChangeSource({ ...options, override: 'polling' })).kind, 'polling');
  assert.equal((await createChangeSource({ ...options, override: 'chokidar' })).kind, 'chokidar');
});
