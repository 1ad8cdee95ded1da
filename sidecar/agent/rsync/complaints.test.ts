import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Complaint, mainReason, parseComplaints, refusalReason } from './complaints.ts';

const roots = { source: '/src', target: '/data' };
const one = (line: string): Partial<Complaint> | undefined => {
  const [complaint, ...others] = parseComplaints(`${line}\n`, roots);
  assert.deepEqual(others, []);
  return complaint;
};

test('what a deletion says of a parent dir that is gone too is no complaint of an entry', () => {
  const vanished = 'file has vanished: "/src/d"';
  const said = `${vanished}\nWARNING: parent dir is absent in the file list: d\n`;
  assert.deepEqual(
    parseComplaints(said, roots).map(({ path, vanished: went }) => [path, went]),
    [['d', true]],
  );
});

test('places what rsync 3.5 complains of', () => {
  const table: readonly (readonly [line: string, side: string, path: string | undefined, errno?: number])[] = [
    ['rsync: [sender] send_files failed to open "/src/secret": Permission denied (13)', 'source', 'secret', 13],
    ['rsync: [sender] opendir "/src/closed" failed: Permission denied (13)', 'source', 'closed', 13],
    ['rsync: [sender] opendir "/src/." failed: Permission denied (13)', 'source', '', 13],
    ['rsync: [sender] readlink_stat("/src/a\\#012b") failed: Permission denied (13)', 'source', 'a\nb', 13],
    ['rsync: [receiver] write failed on "/data/big" (in uploads): No space left on device (28)', 'target', 'big', 28],
    ['rsync: [receiver] mkstemp "/data/d/.f.x7" (in uploads) failed: Permission denied (13)', 'target', 'd/.f.x7', 13],
    [
      'rsync: [generator] recv_generator: mkdir "/data/d/e" (in uploads) failed: File name too long (36)',
      'target',
      'd/e',
      36,
    ],
    ['rsync: [sender] send_files failed to open "/src/say "hi"": Permission denied (13)', 'source', 'say "hi"', 13],
    ['rsync: [sender] send_files failed to open "/src/end\\": Permission denied (13)', 'source', 'end\\', 13],
    [
      'rsync: [sender] opendir "/src/q" failed: z (5)" failed: Permission denied (13)',
      'source',
      'q" failed: z (5)',
      13,
    ],
    ['rsync: [sender] opendir "/src/b" (in m): y" failed: Permission denied (13)', 'source', 'b" (in m): y', 13],
    ['rsync: [sender] opendir "/src/c\\#134#012" failed: Permission denied (13)', 'source', 'c\\#012', 13],
    ['rsync: [receiver] rename "/tmp/f.x7" -> "/data/f" (in uploads): Is a directory (21)', 'target', 'f', 21],
    [
      'rsync: [receiver] rename "/.syncreplica/tmp/f.x7" (in uploads) -> "d/f": Operation not permitted (1)',
      'target',
      'd/f',
      1,
    ],
    ['rsync: some line of another kind', 'source', undefined],
  ];
  for (const [line, side, path, errno] of table) {
    const complaint = one(line);
    assert.deepEqual(
      [complaint?.side, complaint?.path, complaint?.errno, complaint?.vanished],
      [side, path, errno, false],
      line,
    );
  }
  const vanished = one('file has vanished: "/src/d/gone"');
  assert.deepEqual([vanished?.side, vanished?.path, vanished?.vanished], ['source', 'd/gone', true]);
});

test('what only sums up is no complaint', () => {
  const lines = [
    'rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]',
    'rsync warning: some files vanished before they could be transferred (code 24) at main.c(1394) [sender=3.5.0]',
    '*** Skipping any contents from this failed directory ***',
    '',
  ];
  assert.deepEqual(parseComplaints(lines.join('\n'), roots), []);
});

test('one reason stands for all, and an attribute without room for none', () => {
  const full = 'rsync: [receiver] write failed on "/data/big" (in uploads): No space left on device (28)';
  const quota = 'rsync: [receiver] write failed on "/data/big" (in uploads): Disk quota exceeded (122)';
  const refused = 'rsync: [generator] recv_generator: mkdir "/data/d" (in uploads) failed: Permission denied (13)';
  const unreadable = 'rsync: [sender] send_files failed to open "/src/secret": Permission denied (13)';
  const vanished = 'file has vanished: "/src/d/gone"';
  const readOnly = 'rsync: [receiver] mkstemp "/tmp/.f.x7" (in uploads) failed: Read-only file system (30)';
  // One attribute that has no room, as on ext4, says nothing of the disk.
  const attribute =
    'rsync: [receiver] rsync_xal_set: lsetxattr("/data/f" (in uploads),"user.x") failed: No space left on device (28)';
  const table: readonly (readonly [lines: string[], reason: string | undefined])[] = [
    [[unreadable, refused, full], 'TargetFull'],
    [[quota], 'TargetFull'],
    [[unreadable, readOnly], 'TargetReadOnly'],
    [[attribute], 'PartialTransfer'],
    [[unreadable, refused], 'TargetDenied'],
    [[vanished, unreadable], 'SourceUnreadable'],
    [['rsync: something'], 'PartialTransfer'],
    [[vanished], undefined],
    [[], undefined],
  ];
  for (const [lines, reason] of table)
    assert.equal(mainReason(parseComplaints(lines.join('\n'), roots)), reason, lines.join());
});

test("a daemon's refusal has a reason", () => {
  const table: readonly (readonly [text: string, reason: string | undefined])[] = [
    ['@ERROR: auth failed on module uploads', 'AuthenticationFailed'],
    ["@ERROR: Unknown module 'x'", 'UnknownModule'],
    ['@ERROR: StaleEpoch use volume uploads: another writer has epoch 4', 'StaleEpoch'],
    ['@ERROR: NotReady use epoch 4: it was granted before the machine was started', 'TargetUnreachable'],
    ['@ERROR: access denied to uploads from unknown (10.0.0.1)', 'TargetDenied'],
    ['@ERROR: max connections (2) reached -- try again later', 'TargetUnreachable'],
    ['ERROR: module is read only', 'TargetDenied'],
    ['rsync: The server is configured to refuse --delete', 'Unsupported'],
    ['rsync: connection unexpectedly closed', undefined],
  ];
  for (const [text, reason] of table) assert.equal(refusalReason(`${text}\n`), reason, text);
});
