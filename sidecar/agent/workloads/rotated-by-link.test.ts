import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bindLibc, lastErrno } from '../../../src/process/system/libc.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';

const temporaryFile = 0o20200000;
const followLink = 0x400;
const atCurrent = -100;

/** Gives a file without a name (O_TMPFILE) one while it is open. */
function linkOpenFile(descriptor: number, path: string): void {
  const link = bindLibc('int linkat(int from, const char *one, int to, const char *other, int flags)');
  if (link(atCurrent, `/proc/self/fd/${descriptor}`, atCurrent, path, followLink) !== 0) {
    throw new Error(`link ${path}: errno ${lastErrno()}`);
  }
}

/** While something is open it may be pending again and again. */
function untilEqual({ source, data }: Replica): Promise<void> {
  const isEqual = async () => (await compareTrees(source, data, { hardLinks: true })).length === 0;
  return waitFor('the replica to be equal', isEqual, 30_000);
}

async function start(close: (replica: Replica) => void): Promise<Replica> {
  const replica = await startReplica({
    prepare: (source) => {
      mkdirSync(join(source, 'logs/old'), { recursive: true });
      writeFileSync(join(source, 'logs/log'), 'a line\n');
    },
  });
  close(replica);
  await replica.assertEqual();
  return replica;
}

test('a log that is rotated by a link is replicated while its writer goes on', { timeout: 600_000 }, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const at = (path: string): string => join(replica.source, path);
  for (const rotated of ['logs/log.0', 'logs/old/log.1']) {
    const writer = openSync(at('logs/log'), 'a');
    writeSync(writer, 'before\n');
    linkSync(at('logs/log'), at(rotated));
    unlinkSync(at('logs/log'));
    writeSync(writer, 'after\n');
    await untilEqual(replica);
    writeFileSync(at('logs/log'), 'a new one\n');
    writeSync(writer, 'later, beside a new log\n');
    await untilEqual(replica);
    closeSync(writer);
  }
});

test('a file that is linked into place while it is written is replicated to its end', {
  timeout: 600_000,
}, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const at = (path: string): string => join(replica.source, path);
  const writer = openSync(at('logs'), constants.O_RDWR | temporaryFile, 0o644);
  writeSync(writer, 'before it had a name\n');
  linkOpenFile(writer, at('logs/old/named'));
  writeSync(writer, 'after\n');
  await untilEqual(replica);
  writeSync(writer, 'later\n');
  await untilEqual(replica);
  closeSync(writer);
});

test('what is written by a new name that goes at once is replicated, although the attributes of the other were set since', {
  timeout: 600_000,
}, async (t) => {
  const replica = await start((made) => t.after(() => made.close()));
  const [large, other] = [join(replica.source, 'logs/large'), join(replica.source, 'logs/other')];
  writeFileSync(large, Buffer.alloc(300_000, 'old '));
  utimesSync(large, 1e9, 1e9);
  await replica.assertEqual();
  linkSync(large, other);
  const writer = openSync(other, 'r+');
  writeSync(writer, 'new ');
  closeSync(writer);
  utimesSync(other, 1e9, 1e9);
  unlinkSync(other);
  chmodSync(large, 0o600);
  await waitFor('the new content', () => readFileSync(join(replica.data, 'logs/large'), 'latin1').startsWith('new '));
  await untilEqual(replica);
});
