import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { compileFilter } from '../../filter/filter.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import { SourceRoot } from '../source/source-root.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { Copier } from './copier.ts';
import { makeCopyReader } from './read-content.ts';

const bytes = 4 * 1024 * 1024;
const files = 6;
const bigBytes = 9 * 1024 * 1024;

const makeFiles = (source: string): void => {
  fs.mkdirSync(join(source, 'a/below'), { recursive: true });
  for (let n = 0; n < files; n++)
    fs.writeFileSync(join(source, 'a', n % 2 === 0 ? 'below' : '', `${n}`), randomBytes(bytes));
  fs.writeFileSync(join(source, 'a/big'), randomBytes(bigBytes));
};

const started = async (t: TestContext, options: Parameters<typeof startReplica>[0] = {}): Promise<Replica> => {
  const replica = await startReplica({ prepare: makeFiles, ...options });
  t.after(() => replica.close());
  await replica.settled();
  return replica;
};

/** Bytes that went over the network while something was done. */
async function sentBy(replica: Replica, work: () => void): Promise<number> {
  const before = replica.status().transferredBytes;
  work();
  await waitFor('the change', () => replica.status().pending > 0 || fs.readdirSync(replica.data).includes('b'));
  await replica.assertEqual();
  return replica.status().transferredBytes - before;
}

for (const options of [['-a'], ['-r']]) {
  test(`what cp ${options} copies inside the source costs no bytes`, async (t) => {
    const replica = await started(t, { metrics: { host: '127.0.0.1', port: 0 } });
    const sent = await sentBy(replica, () => {
      execFileSync('cp', [...options, join(replica.source, 'a'), join(replica.source, 'b')]);
    });
    t.diagnostic(`${sent} bytes were sent for ${files * bytes + bigBytes}`);
    assert.ok(sent < bytes / 10, `${sent} bytes were sent`);
    const said = await (await fetch(`http://127.0.0.1:${replica.agent.metricsPort}/metrics`)).text();
    assert.match(said, new RegExp(`_transferred_files_total\\{target="dr",operation="copy"\\} ${files + 1}\n`));
    assert.match(said, new RegExp(`_bytes_total\\{target="dr",kind="copied"\\} ${files * bytes + bigBytes}\n`));
  });
}

test('what only seems to be a copy arrives as it is', async (t) => {
  const replica = await started(t);
  const original = fs.readFileSync(join(replica.source, 'a/1'));
  const other = Buffer.from(original);
  other[bytes / 4] = (other[bytes / 4] as number) ^ 1;
  const sent = await sentBy(replica, () => {
    fs.writeFileSync(join(replica.source, 'b'), other);
    const { atime, mtime } = fs.statSync(join(replica.source, 'a/1'));
    fs.utimesSync(join(replica.source, 'b'), atime, mtime);
  });
  assert.ok(sent >= bytes);
});

test('what is replaced is kept where the target has a history: all is sent', async (t) => {
  const history = { keepMs: 3_600_000, maxSize: { percent: 50 } };
  const replica = await started(t, { receiver: { history } });
  const sent = await sentBy(replica, () => {
    fs.copyFileSync(join(replica.source, 'a/1'), join(replica.source, 'b'));
  });
  assert.ok(sent >= bytes);
});

test('a receiver of an earlier version is asked once, and gets all sent', async (t) => {
  const replica = await started(t);
  let asked = 0;
  const control = {
    copy: () => {
      asked += 1;
      return Promise.reject(new ControlFailure(400, { code: 'BadRequest', message: 'there is no such request' }));
    },
  } as unknown as ControlClient;
  const source = new SourceRoot(replica.source);
  source.adopt();
  const filter = compileFilter({ include: [], exclude: [] });
  const whole = (): number => 10;
  const copier = new Copier({
    control,
    epoch: 1,
    source,
    reader: makeCopyReader(source.bytes),
    filter,
    clock: systemClock,
    whole,
    bandwidthLimit: undefined,
    onCopied: () => assert.fail('nothing was copied'),
  });
  for (const name of ['b', 'c', 'd']) fs.copyFileSync(join(replica.source, 'a/1'), join(replica.source, name));
  for (const name of ['b', 'c', 'd']) assert.equal((await copier.copy([name])).size, 0);
  assert.equal(asked, 1);
});
