import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseComplaints } from '../../sidecar/agent/rsync/complaints.ts';
import { encodeFileList } from '../../sidecar/agent/rsync/file-list.ts';
import { rsyncFlags } from '../../sidecar/agent/rsync/flags.ts';
import { parseItem, parseSkipped } from '../../sidecar/agent/rsync/itemize.ts';
import { parseStats } from '../../sidecar/agent/rsync/stats.ts';
import { testSettings, waitFor } from '../../sidecar/agent/testing/agent-fixture.ts';
import { RsyncDaemon } from '../../sidecar/agent/testing/rsync-daemon.ts';
import { toRsyncArgs } from '../../sidecar/filter/filter.ts';
import { PartialStore } from '../simulation/models/rsync/partial-store.ts';
import { push } from '../simulation/models/rsync/push.ts';
import { parseFlags } from '../simulation/models/rsync/rsync-options.ts';
import { Volume } from '../simulation/models/volume.ts';
import { createRandom } from '../storm/random.ts';
import { listDisk, stampAll } from './disk.ts';
import { ModelDisk } from './model-disk.ts';
import { RealDisk } from './real-disk.ts';
import type { RsyncCase } from './rsync-case.ts';
import { comparingCases } from './rsync-comparing-cases.ts';
import { deletingCases } from './rsync-deleting-cases.ts';
import { filterCases } from './rsync-filter-cases.ts';
import { raceCases } from './rsync-race-cases.ts';
import { sendingCases } from './rsync-sending-cases.ts';
import { xattrCases } from './rsync-xattr-cases.ts';

/** What a run of rsync comes to, for whoever started it. */
interface Outcome {
  readonly code: number | null;
  readonly complaints: readonly string[];
  readonly items: readonly string[];
  readonly stats: Record<string, number>;
  readonly target: readonly string[];
}

const base = mkdtempSync(join(tmpdir(), 'rsync-contract-'));
/** The number of poll(2), or of ppoll(2) where there is no other. */
const pollCall = process.arch === 'x64' ? '7' : '73';
let daemon: RsyncDaemon;
before(async () => {
  daemon = await RsyncDaemon.start(join(base, 'daemon'));
});
after(async () => {
  await daemon.stop();
  rmSync(base, { recursive: true });
});

for (const one of [...sendingCases, ...deletingCases, ...raceCases, ...comparingCases, ...filterCases, ...xattrCases]) {
  test(`rsync: ${one.name}`, async () => {
    const real = await runReal(one);
    assert.equal(real.code, one.code, real.complaints.join('\n'));
    assert.deepEqual(runModel(one), real);
  });
}

const flagsOf = ({ flavor, more = [], without = [], include = [], exclude = [] }: RsyncCase): string[] => [
  ...rsyncFlags(flavor, {
    sync: testSettings.sync,
    filterArgs: toRsyncArgs({ include, exclude }),
    targetArgs: [],
  }).filter((flag) => !without.includes(flag)),
  ...more,
];

const listOf = ({ flavor, list }: RsyncCase): Buffer =>
  flavor.startsWith('compare') && list.includes('') ? Buffer.from('.\0') : encodeFileList(list);

async function runReal(one: RsyncCase): Promise<Outcome> {
  const source = join(base, 'source');
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source, { mode: 0o755 });
  for (const name of readdirSync(daemon.module)) rmSync(join(daemon.module, name), { recursive: true });
  const disk = new RealDisk(source);
  const target = new RealDisk(daemon.module);
  prepare(one, disk, target);
  const { port, module, username, password = '' } = daemon.target();
  const destination = `rsync://${username}@127.0.0.1:${port}/${module}/`;
  const child = spawn('rsync', [...flagsOf(one), '--', `${source}/`, destination], {
    env: { PATH: process.env.PATH, LC_ALL: 'C', RSYNC_PASSWORD: password },
  });
  const [out, errors] = [collect(child.stdout), collect(child.stderr)];
  const ended = once(child, 'close');
  child.stdin.write(listOf(one));
  if (one.between !== undefined) {
    await waitFor('rsync to have looked at its list', () => waitsForMore(child)).catch((error: unknown) => {
      child.kill();
      throw error;
    });
    one.between(disk);
  }
  child.stdin.end();
  await ended;
  return outcomeOf(child.exitCode, out(), errors(), { source, target: '' }, target);
}

/** The sender has read its list and waits for more of it: it stands in poll(2) on descriptor 0. */
function waitsForMore(child: ChildProcess): boolean {
  const [call, descriptors = '0'] = readFileSync(`/proc/${child.pid}/syscall`, 'latin1').split(' ');
  if (call !== pollCall) return false;
  const memory = openSync(`/proc/${child.pid}/mem`, 'r');
  try {
    const first = Buffer.alloc(4);
    readSync(memory, first, 0, first.length, BigInt(descriptors));
    return first.readInt32LE() === 0;
  } finally {
    closeSync(memory);
  }
}

function runModel(one: RsyncCase): Outcome {
  const now = (): number => 1_700_000_000_000;
  const [source, target] = [new Volume({ now, device: 1 }), new Volume({ now, device: 2 })];
  prepare(one, new ModelDisk(source), new ModelDisk(target));
  const places = { source: '/source', target: '', module: 'backup' };
  const steps = push({
    source,
    target,
    partials: new PartialStore(),
    options: parseFlags(flagsOf(one)),
    lines: listOf(one).toString('latin1').split('\0').slice(0, -1),
    places,
    random: createRandom(1),
    now,
    onListed: () => one.between?.(new ModelDisk(source)),
  });
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { code, stdout, stderr } = step.value;
  return outcomeOf(code, stdout, stderr, { source: '/source', target: '' }, new ModelDisk(target));
}

function prepare(one: RsyncCase, source: RealDisk | ModelDisk, target: RealDisk | ModelDisk): void {
  one.source(source);
  one.target(target);
  stampAll(source);
  stampAll(target);
}

function outcomeOf(
  code: number | null,
  stdout: string,
  stderr: string,
  roots: { source: string; target: string },
  target: RealDisk | ModelDisk,
): Outcome {
  const lines = stdout.split('\n');
  const items = lines.flatMap((line) => {
    const item = parseItem(line);
    const skipped = parseSkipped(line);
    return item !== undefined ? [JSON.stringify(item)] : skipped !== undefined ? [`skipped ${skipped.path}`] : [];
  });
  const { files, directories, created, deleted, transferred, literalBytes, matchedBytes } = parseStats(stdout);
  return {
    code,
    complaints: parseComplaints(stderr, roots)
      .map(({ side, path, errno, vanished }) => `${side} ${path} ${errno} ${vanished}`)
      .sort(),
    items: items.sort(),
    stats: { files, directories, created, deleted, transferred, bytes: code === 0 ? literalBytes + matchedBytes : 0 },
    target: listDisk(target),
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('latin1');
}
