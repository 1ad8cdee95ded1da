import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSystems } from '../../../testing/file-systems/file-systems.ts';
import { readBoot } from '../source/boot.ts';
import { waitFor } from '../testing/agent-fixture.ts';
import { identifyVolume, isSameVolume, type VolumeIdentity } from './volume-identity.ts';

const then: VolumeIdentity = { boot: { id: 'b', startedAt: 10_000 }, root: '1:2:3', mounted: 'm' };
const rows: readonly [what: string, now: Partial<VolumeIdentity>, isSame: boolean][] = [
  ['nothing happened', {}, true],
  ['a second’s rounding', { boot: { id: 'b', startedAt: 11_000 } }, true],
  ['the clock was set back', { boot: { id: 'b', startedAt: 5_000 } }, false],
  ['the clock was set forward', { boot: { id: 'b', startedAt: 15_000 } }, false],
  ['the machine was started anew', { boot: { id: 'c', startedAt: 10_000 } }, false],
  ['another directory is there', { root: '1:4:3' }, false],
  ['it was mounted anew', { mounted: 'n' }, false],
];

for (const [what, now, isSame] of rows) {
  test(`a volume is the same or not: ${what} → ${isSame}`, () => {
    assert.equal(isSameVolume(then, { ...then, ...now }), isSame);
  });
}

const isRoot = process.getuid?.() === 0;

test('a disk that was mounted anew is another volume, and times of an overlay prove nothing', {
  skip: !isRoot,
}, async (t) => {
  const mountOne = (name: string, base = mkdtempSync(join(tmpdir(), 'identity-'))): string => {
    const found = fileSystems.find((one) => one.name === name);
    assert.ok(found);
    const at = found.mount(base);
    t.after(() => {
      for (const name of ['merged', 'at']) spawnSync('umount', ['--lazy', join(base, name)]);
      rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    });
    return at;
  };
  const disk = mountOne('ext4');
  const first = identifyVolume(disk, readBoot());
  const same = identifyVolume(disk, readBoot());
  assert.ok(first !== undefined && same !== undefined && isSameVolume(first, same));
  const device = execFileSync('findmnt', ['-n', '-o', 'SOURCE', disk], { encoding: 'utf8' }).trim();
  execFileSync('mount', ['--make-private', disk]);
  const image = execFileSync('losetup', ['-n', '-O', 'BACK-FILE', device], { encoding: 'utf8' }).trim();
  execFileSync('umount', [disk]);
  // Who copied this mount into a namespace of its own meanwhile still has the file system as it was.
  await waitFor('the disk to be free', () => execFileSync('losetup', ['--associated', image]).length === 0);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  const again = identifyVolume(disk, readBoot());
  assert.ok(again !== undefined && !isSameVolume(first, again));
  assert.ok(identifyVolume(mountOne('tmpfs'), readBoot()));
  assert.equal(identifyVolume(mountOne('overlayfs'), readBoot()), undefined);
});
