import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import { testSettings } from '../testing/agent-fixture.ts';
import { type Flavor, rsyncFlags } from './flags.ts';

const { sync } = testSettings;
const filterArgs = ['--filter=- /lost+found/', '--filter=- *.log'];
const targetArgs = ['--temp-dir=/tmp', '--partial-dir=/partial'];
const flagsOf = (flavor: Flavor, change: Partial<SyncSettings> = {}, args = filterArgs): string[] =>
  rsyncFlags(flavor, { sync: { ...sync, ...change }, filterArgs: args, targetArgs });

const transfers = ['content', 'links', 'newLinks', 'attributes', 'append'] as const;
const all = [...transfers, 'delete', 'compare', 'compareLinks', 'pull'] as const;

test('no run ever follows links, leaves out nanoseconds or sends names as something else', () => {
  for (const flavor of all) {
    const flags = flagsOf(flavor);
    for (const flag of ['--links', '--numeric-ids', '--modify-window=-1', '--8-bit-output'])
      assert.ok(flags.includes(flag), `${flavor} ${flag}`);
    for (const never of ['-L', '--copy-links', '--copy-unsafe-links', '--delay-updates', '--inplace', '--archive'])
      assert.ok(!flags.includes(never), `${flavor} ${never}`);
    if (flavor !== 'pull') assert.ok(flags.includes('--from0') && flags.includes('--files-from=-'), flavor);
  }
});

test('what is sent deletes nothing but what stands in its way', () => {
  for (const flavor of transfers) {
    assert.deepEqual(
      flagsOf(flavor).filter((flag) => flag.startsWith('--delete') || flag === '--force'),
      ['--force'],
      flavor,
    );
    assert.ok(!flagsOf(flavor, { delete: 'Keep' }).includes('--force'), flavor);
    const kept = rsyncFlags(flavor, { sync, filterArgs, targetArgs, keepsReplaced: true });
    assert.ok(!kept.includes('--force'), flavor);
    assert.ok(flagsOf(flavor).includes('--ignore-missing-args'), flavor);
  }
});

test('a comparison changes nothing', () => {
  for (const flavor of ['compare', 'compareLinks'] as const) {
    for (const mode of ['Mirror', 'Keep'] as const) assert.ok(flagsOf(flavor, { delete: mode }).includes('--dry-run'));
    assert.ok(!flagsOf(flavor, { delete: 'Keep' }).includes('--delete'));
    assert.deepEqual(flagsOf(flavor).slice(-2), filterArgs);
  }
  assert.equal(flagsOf('compareLinks').includes('--hard-links'), true);
  assert.equal(flagsOf('compare').includes('--hard-links'), false);
});

test('a deletion spares what is excluded, and never recurses by itself', () => {
  const flags = flagsOf('delete');
  assert.ok(flags.includes('--delete-missing-args') && flags.includes('--dirs'));
  assert.ok(!flags.includes('--recursive') && !flags.includes('--delete-excluded'));
  assert.deepEqual(
    flags.filter((flag) => flag.startsWith('--filter=- ')),
    filterArgs,
  );
  assert.ok(!flagsOf('delete', {}, filterArgs.slice(0, 1)).includes('--delete'));
});

test('only what changed its attributes is judged by size and time', () => {
  assert.deepEqual(
    transfers.filter((flavor) => !['--ignore-times', '--checksum'].some((flag) => flagsOf(flavor).includes(flag))),
    ['attributes'],
  );
});

test('appending is done in place, so without a directory for partial files', () => {
  assert.ok(flagsOf('content').includes('--partial-dir=/partial'));
  assert.ok(!flagsOf('append').some((flag) => flag.startsWith('--partial-dir')));
  assert.ok(flagsOf('append').includes('--append-verify'));
});

test('every choice is a flag', () => {
  const { preserve } = sync;
  const table: readonly (readonly [change: Partial<SyncSettings>, has: string[], hasNot: string[]])[] = [
    [{}, ['--perms', '--times', '--xattrs'], ['--owner', '--group', '--acls', '--devices', '--compress']],
    [{ preserve: { ...preserve, owners: true } }, ['--owner', '--group'], ['--filter=-x! user.*']],
    [{ preserve: { ...preserve, xattrs: false } }, [], ['--xattrs', '--filter=-x! user.*']],
    [{ preserve: { ...preserve, permissions: false, times: false } }, [], ['--perms', '--times']],
    [{ preserve: { ...preserve, acls: true, devices: true } }, ['--acls', '--devices', '--specials'], []],
    [{ compression: 'zstd' }, ['--compress', '--compress-choice=zstd'], []],
    [{ compression: 'lz4' }, ['--compress', '--compress-choice=lz4'], []],
  ];
  for (const [change, has, hasNot] of table) {
    const flags = flagsOf('content', change);
    for (const flag of has) assert.ok(flags.includes(flag), `${JSON.stringify(change)} ${flag}`);
    for (const flag of hasNot) assert.ok(!flags.includes(flag), `${JSON.stringify(change)} no ${flag}`);
  }
});

test('a target that keeps whole seconds is equal where these are', () => {
  const root = mkdtempSync(join(tmpdir(), 'seconds-'));
  for (const [side, seconds] of [
    ['source', 1_000_000.75],
    ['target', 1_000_000],
  ] as const) {
    mkdirSync(join(root, side));
    writeFileSync(join(root, side, 'f'), 'x');
    utimesSync(join(root, side, 'f'), seconds, seconds);
    utimesSync(join(root, side), seconds, seconds);
  }
  const differences = (timeGranularityNs: number): string => {
    const flags = rsyncFlags('compare', { sync, filterArgs: [], targetArgs: [], timeGranularityNs });
    const local = flags.filter((flag) => !flag.startsWith('--sockopts') && flag !== '--no-motd');
    const { stdout } = spawnSync('rsync', [...local, `${root}/source/`, `${root}/target/`], { input: '.\0' });
    const [items = ''] = stdout.toString('latin1').split('Number of files');
    return items.trim();
  };
  assert.match(differences(1), / f$/m);
  assert.equal(differences(1e9), '');
  assert.equal(differences(2e9), '');
  rmSync(root, { recursive: true });
  const windowOf = (flavor: Flavor, timeGranularityNs: number) =>
    rsyncFlags(flavor, { sync, filterArgs, targetArgs, timeGranularityNs }).find((flag) => flag.startsWith('--modify'));
  assert.equal(windowOf('content', 1e9), '--modify-window=-1', 'times are set as well as can be');
  assert.equal(windowOf('attributes', 1e9), '--modify-window=0');
  assert.equal(windowOf('attributes', 100), '--modify-window=-1');
  assert.equal(windowOf('compare', 2e9), '--modify-window=1');
});
