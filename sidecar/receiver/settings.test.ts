import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRsyncdConfig, refuseOptions } from './rsyncd/rsyncd-config.ts';
import { makeHostsAccess } from './tls/hosts-access.ts';

const hosts: [string[], string[], string, boolean][] = [
  [[], [], '10.0.0.1', true],
  [['10.0.0.0/8'], [], '10.1.2.3', true],
  [['10.0.0.0/8'], [], '192.168.0.1', false],
  [['10.0.0.0/8'], ['0.0.0.0/0'], '10.1.2.3', true],
  [['10.0.0.0/8'], ['192.168.0.0/16'], '192.168.0.1', false],
  [['10.0.0.0/8'], ['192.168.0.0/16'], '172.16.0.1', true],
  [[], ['192.168.0.7'], '192.168.0.7', false],
  [[], ['192.168.0.7'], '192.168.0.8', true],
  [['fd00::/8', '::1'], [], 'fd12::1', true],
  [['fd00::/8', '::1'], [], '::1', true],
  [['fd00::/8'], [], 'fe80::1', false],
];
for (const [allow, deny, address, expected] of hosts) {
  test(`hosts allow [${allow}] deny [${deny}]: ${address} → ${expected ? 'in' : 'out'}`, () => {
    assert.equal(makeHostsAccess({ allow, deny })(address), expected);
  });
}

test('what is no address or network is refused with a sentence', () => {
  for (const entry of ['example.com', '10.0.0.0/33', '10.0.0.0/', '::1/129', '1.2.3', '10.0.0.0/8/8', '']) {
    assert.throws(() => makeHostsAccess({ allow: [entry], deny: [] }), { code: 'HostsInvalid' }, entry);
  }
});

const settings = {
  volume: 'uploads',
  directory: '/vol/a b*%X%/é',
  chroot: false,
  usernames: ['agent', 'agent-2'],
  secretsFile: '/run/se%X%crets',
  readOnly: true,
  list: true,
  comment: 'all of %X%; # yes',
  timeoutSeconds: 60,
  logTransfers: false,
};

test('rsyncd.conf: settings end up where rsyncd reads them, and nothing in a path is a blank or a wildcard', () => {
  const text = makeRsyncdConfig(settings);
  assert.match(text, /^\[uploads\]\npath = \/\nuse chroot = no\n/m);
  for (const line of [
    'read only = yes',
    'list = yes',
    'comment = all of %X%; # yes',
    'timeout = 60',
    'auth digest = sha512',
    'munge symlinks = no',
    'insecure links = no',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  assert.match(text, /^secrets file = \/run\/se%X%crets$/m);
  const filter = /^filter = (.*)$/m.exec(text)?.[1] ?? '';
  assert.ok(filter.startsWith('+ /vol + /vol/a?b??X? + /vol/a?b??X?/?? + '), filter);
  assert.ok(filter.endsWith(' - *'));
  assert.doesNotMatch(filter, /lease|position|lock/);
  const chrooted = makeRsyncdConfig({ ...settings, chroot: true, user: { uid: 0, gid: 0 } });
  assert.match(chrooted, /path = \/vol\/a b\*%X%\/é\nuse chroot = yes\nuid = 0\ngid = 0\n/);
  assert.match(chrooted, /filter = \+ \/\.syncreplica \+ \/data /);
});

test('options are accepted by name, never by pattern', () => {
  const [first, ...rest] = refuseOptions.split(' ');
  assert.equal(first, '*');
  assert.ok(rest.every((option) => /^![A-Za-z0-9-]+$/.test(option)));
  for (const dangerous of [
    'copy-dest',
    'link-dest',
    'compare-dest',
    'backup',
    'backup-dir',
    'keep-dirlinks',
    'copy-links',
    'write-devices',
    'remove-source-files',
    'fake-super',
    'super',
    'munge-links',
    'delay-updates',
    'chmod',
    'files-from',
  ]) {
    assert.ok(!rest.includes(`!${dangerous}`), dangerous);
  }
});
