import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { localHooks } from './local-hooks.ts';
import { type ReplicaOptions, replicaFromOptions } from './replica-from-options.ts';

const root = mkdtempSync(join(tmpdir(), 'cli-'));
after(() => rmSync(root, { recursive: true, force: true }));
for (const name of ['source/inner', 'other']) mkdirSync(join(root, name), { recursive: true });
symlinkSync('source', join(root, 'link'));
writeFileSync(join(root, 'file'), 'x');

const write = (text: string): string => {
  writeFileSync(join(root, 'replica.yaml'), text);
  return 'replica.yaml';
};

test('directories by flags', async () => {
  const replica = await replicaFromOptions(
    { source: 'source', target: ['copy', '../../a/copy'], maxDelay: '250ms', exclude: ['*.tmp'] },
    root,
  );
  assert.equal(replica.source, join(root, 'source'));
  assert.deepEqual(
    replica.targets.map((target) => [target.name, target.kind === 'directory' && target.directory]),
    [
      ['copy', join(root, 'copy')],
      ['copy-2', join(root, '../../a/copy')],
    ],
  );
  assert.equal(replica.behaviour.sync.maxDelayMs, 250);
  assert.deepEqual(replica.behaviour.filter.exclude, ['*.tmp']);
});

test('a directory is given a name as an address is, unless there is a directory of just that name', async () => {
  mkdirSync(join(root, 'a=there'));
  const { targets } = await replicaFromOptions({ source: 'source', target: ['dr=backup', 'a=there'] }, root);
  assert.deepEqual(
    targets.map((target) => [target.name, target.kind === 'directory' && target.directory]),
    [
      ['dr', join(root, 'backup')],
      ['a-there', join(root, 'a=there')],
    ],
  );
});

test('a directory with a colon is one where it is there, or where its path says so', async () => {
  mkdirSync(join(root, 'there:1'));
  const { targets } = await replicaFromOptions({ source: 'source', target: ['there:1', './new:1', 'b@2026'] }, root);
  assert.deepEqual(
    targets.map((target) => target.kind === 'directory' && target.directory),
    ['there:1', 'new:1', 'b@2026'].map((name) => join(root, name)),
  );
});

test('a file, its paths relative to it, overridden by flags', async () => {
  mkdirSync(join(root, 'conf'), { recursive: true });
  writeFileSync(
    join(root, 'conf/replica.yaml'),
    `source: { directory: ../source, path: inner }
targets:
- { name: a, directory: ../copy, paused: true, sync: { bandwidthLimit: 1Mi } }
- name: nas
  external: { address: nas, port: 873, module: photos, username: me, passwordFile: secret, tls: None, allowPlaintext: true }
- name: off
  ssh: { address: off.lan, user: me, path: /srv/photos/, keyFile: key, knownHostsFile: hosts }
sync: { workers: 8, preserve: { acls: true } }
hooks:
- { name: purge, paths: ["*.jpg"], command: [/bin/purge, -q] }
- { name: tell, webhook: { url: "http://a/", headersFile: headers } }
`,
  );
  const replica = await replicaFromOptions(
    { file: 'conf/replica.yaml', workers: '2', preserve: 'owners,-xattrs' },
    root,
  );
  assert.equal(replica.source, join(root, 'source/inner'));
  assert.deepEqual(replica.targets[0], {
    kind: 'directory',
    name: 'a',
    directory: join(root, 'copy'),
    overrides: { paused: true, sync: { bandwidthLimit: 1024 * 1024 } },
  });
  writeFileSync(join(root, 'conf/headers'), 'Authorization: Bearer x\n\nX-A:  b\n', { mode: 0o644 });
  assert.throws(() => localHooks(replica.hooks), /headersFile: .*headers can be read by everybody/);
  chmodSync(join(root, 'conf/headers'), 0o600);
  assert.deepEqual(
    localHooks(replica.hooks).map(({ call }) => call),
    [
      { kind: 'command', argv: ['/bin/purge', '-q'] },
      { kind: 'webhook', url: 'http://a/', headers: { Authorization: 'Bearer x', 'X-A': 'b' }, timeoutMs: 10_000 },
    ],
  );
  writeFileSync(join(root, 'conf/headers'), 'no header\n');
  assert.throws(() => localHooks(replica.hooks), /a line is no header; write NAME: VALUE/);
  const nas = replica.targets[1];
  assert.equal(nas?.kind === 'external' && nas.external.passwordFile, join(root, 'conf/secret'));
  assert.deepEqual(replica.targets[2], {
    kind: 'ssh',
    name: 'off',
    ssh: {
      ...{ address: 'off.lan', port: 22, user: 'me', path: '/srv/photos' },
      ...{ keyFile: join(root, 'conf/key'), knownHostsFile: join(root, 'conf/hosts') },
    },
    overrides: {},
  });
  assert.equal(replica.behaviour.sync.workers, 2);
  const { owners, xattrs, acls, times } = replica.behaviour.sync.preserve;
  assert.deepEqual([owners, xattrs, acls, times], [true, false, true, true]);
});

test('a file written like a SyncReplica', async () => {
  const file = write(
    'kind: SyncReplica\nspec:\n  source: { directory: source }\n  targets: [{ name: a, directory: copy }]\n',
  );
  assert.equal((await replicaFromOptions({ file }, root)).source, join(root, 'source'));
});

const local = 'source: { directory: source }\ntargets: [{ name: a, directory: copy }]\n';

const bad: readonly [title: string, options: () => ReplicaOptions, messages: string[]][] = [
  [
    'a hook that is two, and one that is empty',
    () => ({
      file: write(
        `${local}hooks: [{ name: a, command: [x], webhook: { url: "http://a" } }, { name: b, command: [] }, { name: c }]\n`,
      ),
    }),
    [
      'hooks[0]: a hook is one of http, webhook, file and command; write exactly one of them',
      'hooks[2]: a hook is one of http, webhook, file and command; write exactly one of them',
      'hooks[1].command: a command is empty; write the program and its arguments, for example [/usr/local/bin/purge, --quiet]',
    ],
  ],
  [
    'a directory over ssh without a key, and one with all that can be wrong',
    () => ({
      file: write(
        'source: { directory: source }\ntargets: [{ name: a, ssh: { address: h, user: u, path: /p } }, { name: b, ssh: { address: "a b", port: 0, user: -l, path: p, keyFile: "a\'b", knownHostsFile: k } }]\n',
      ),
    }),
    [
      'targets[1].ssh.address: an address is a host name or an IP address without scheme, port or path; write for example backup.example.com',
      'targets[1].ssh.port: a port is out of range; write a number from 1 to 65535',
      "targets[1].ssh.user: a user's name has letters, digits, dots, dashes and underscores, and begins with none of the last three",
      'targets[1].ssh.path: a directory over ssh is an absolute path without quotes; write for example /srv/photos',
      'targets[0].ssh.keyFile: ssh needs a key; write keyFile, a private key without a passphrase (flag --ssh-key)',
      'targets[1].ssh.keyFile: ssh needs a key; write keyFile, a private key without a passphrase (flag --ssh-key)',
      'targets[0].ssh.knownHostsFile: ssh needs the keys of known hosts; write knownHostsFile, as ssh-keyscan makes it (flag --known-hosts)',
    ],
  ],
  ['no source', () => ({ target: ['copy'] }), ['--source: is missing; give the directory that is to be copied']],
  ['no target', () => ({ source: 'source' }), ['--target: is missing; give where it is to be copied']],
  [
    'a source that is not there',
    () => ({ source: 'gone', target: ['copy'] }),
    [`--source: ${root}/gone doesn't exist; write the directory that is to be copied`],
  ],
  [
    'a source that is no directory',
    () => ({ source: 'file', target: ['copy'] }),
    [`--source: ${root}/file is no directory; write the directory that is to be copied`],
  ],
  [
    'a target inside the source',
    () => ({ source: 'source', target: ['source/inner/copy'] }),
    [
      `--target: ${root}/source/inner/copy is inside the source and would be copied into itself; write a directory outside of ${root}/source`,
    ],
  ],
  [
    'a target inside the source behind a link',
    () => ({ source: 'source', target: ['link/copy'] }),
    [
      `--target: ${root}/link/copy is inside the source and would be copied into itself; write a directory outside of ${root}/source`,
    ],
  ],
  [
    'a source inside the target',
    () => ({ source: 'source/inner', target: ['source'] }),
    [
      `--target: the source is inside ${root}/source and would be overwritten; write a directory that doesn't hold ${root}/source/inner`,
    ],
  ],
  [
    'the source as target',
    () => ({ source: 'source', target: ['link'] }),
    [`--target: ${root}/link is the source itself; write another directory`],
  ],
  [
    'one directory twice',
    () => ({ source: 'source', target: ['other', './other'] }),
    [`--target: ${root}/other is the directory of --target too; write another one`],
  ],
  [
    'targets inside one another',
    () => ({ source: 'source', target: ['other', 'other/deep'] }),
    [`--target: ${root}/other/deep and another target's ${root}/other hold one another; write directories apart`],
  ],
  [
    'a target that is a file',
    () => ({ source: 'source', target: ['file'] }),
    [`--target: ${root}/file is no directory; write one, or a path that doesn't exist yet`],
  ],
  [
    'a path as rsync and scp have it, which is no directory here',
    () => ({ source: 'source', target: ['me@nas.lan:/srv/photos'] }),
    ['--target me@nas.lan:/srv/photos: that is how rsync and scp name a path over ssh'],
  ],
  [
    'such a path with a name of its own',
    () => ({ source: 'source', target: ['dr=nas:photos'] }),
    ['--target dr=nas:photos: that is how rsync and scp name a path over ssh'],
  ],
  [
    'wrong flags, all at once',
    () => ({ source: 'source', target: ['copy'], workers: '0', delete: 'Keep', maxDelay: '5', events: 'Write' }),
    [
      '--max-delay: a duration needs a unit; write for example 500ms, 10s, 5m or 1h30m',
      '--workers: workers is out of range; write a number from 1 to 32',
    ],
  ],
  [
    'a word in place of a number',
    () => ({ source: 'source', target: ['copy'], workers: 'many' }),
    ['--workers: must be of type integer: "string"'],
  ],
  [
    'an unknown thing to preserve',
    () => ({ source: 'source', target: ['copy'], preserve: 'colour' }),
    [
      "--preserve: colour can't be kept; give some of owners, permissions, times, hardLinks, xattrs, acls, sparse, devices",
    ],
  ],
  [
    'a receiver without certificates',
    () => ({ source: 'source', target: ['srep://host/x'] }),
    ['--certs: tls: Mutual needs credentials; write certs, the agent directory that syncreplica certs made'],
  ],
  [
    'a user without a password',
    () => ({ source: 'source', target: ['rsync://me@host/x'] }),
    ['--password-file: username and passwordFile go together for an rsync daemon; a receiver takes both from certs'],
  ],
  [
    'a file that is not there',
    () => ({ file: 'gone.yaml' }),
    [`--file: ${root}/gone.yaml can't be read: there is no such file`],
  ],
  ['an empty file', () => ({ file: write('') }), ['source: Required value', 'targets: Required value']],
  ['an unknown field', () => ({ file: write(`${local}sycn: {}\n`) }), ['unknown field "sycn"']],
  ['a field of clusters', () => ({ file: write(`${local}minInSync: 1\n`) }), ['unknown field "minInSync"']],
  [
    'no targets in the file',
    () => ({ file: write('source: { directory: source }\ntargets: []\n') }),
    ['targets: a target is missing; write for example targets: [{name: copy, directory: /mnt/copy}]'],
  ],
  [
    'a target of no kind',
    () => ({ file: write('source: { directory: source }\ntargets: [{ name: a }]\n') }),
    ['targets[0]: a target is one of a directory here, external and ssh; write exactly one of them'],
  ],
  [
    'two targets of one name',
    () => ({
      file: write('source: { directory: source }\ntargets: [{ name: a, directory: x }, { name: a, directory: y }]\n'),
    }),
    ['targets: two targets have one name; write another name for one of them'],
  ],
  [
    'plaintext that was not accepted',
    () => ({
      file: write(
        'source: { directory: source }\ntargets: [{ name: a, external: { address: b, module: c, tls: None } }]\n',
      ),
    }),
    [
      'targets[0].external.tls: without TLS everything can be read on the way; write tls: Mutual or ServerOnly, or allowPlaintext: true to accept it',
    ],
  ],
];

for (const [title, options, messages] of bad)
  test(`refuses ${title}`, async () => {
    await assert.rejects(
      () => replicaFromOptions(options(), root),
      (error) => {
        assert.ok(error instanceof UsageFailure, String(error));
        assert.deepEqual(error.message.split('\n'), messages);
        return true;
      },
    );
  });
