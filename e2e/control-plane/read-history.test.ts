import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitFor, waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations, ports } from '../../src/api/names.ts';
import { historyRights, rights } from '../../src/kubectl/rights.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { applyUploads, type DataPlane, startDrReceiver, startSourceAgent, startSourcePod } from './data-plane.ts';
import { makeUser } from './user.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const namespace = 'shop';
const receiverHost = '127.83.0.11';

/** A real apiserver, operator, receiver and agent; there is no kubelet, so the receiver is reached by its address. */
describe('the past of a target, asked for by the plugin on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver;
  let agent: AgentHandle;
  let onCall: string;
  const source = (name = ''): string => join(folder, 'source', name);
  const history = async (
    words: readonly string[],
    kubeconfig = onCall,
    address = ['--address', `${receiverHost}:${ports.receiver}`],
  ): Promise<{ code: number | null; out: string; err: string }> => {
    const argv = [main, '--as-kubectl-plugin', 'history', 'uploads', ...words, '-n', namespace, ...address];
    const child = spawn(process.execPath, argv, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig },
    });
    const [closed, out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { code: closed[0], out, err };
  };
  const succeeds = async (...words: string[]): Promise<string> => {
    const { code, out, err } = await history(words);
    assert.equal(code, 0, err);
    return out;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-read-history-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    plane = await startControlPlane();
    await applyUploads(plane, namespace, {
      targets: [{ name: 'dr', managed: { storage: '1Gi' }, history: { keep: '1h' } }],
    });
    await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost, folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on, { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } });
    mkdirSync(source('albums'));
    for (let n = 0; n < 100; n++) writeFileSync(source(`albums/f${n}`), `precious ${n}`);
    agent = await startSourceAgent(on);
    await waitUntilSettled(agent);
    onCall = await makeUser(plane, { name: 'on-call', namespace, rules: rights, folder });
  });
  after(async () => {
    await agent?.stop(100);
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('who may write the SyncReplica reads log, differences and files; names are in no object of the API', async () => {
    await waitFor('a checkpoint', async () => /checkpoint {2}epoch/.test(await succeeds('checkpoints')), 600_000);
    const moment = new Date().toISOString();
    const saved = join(folder, 'saved');
    execFileSync('cp', ['-a', source('albums'), saved]);
    for (let n = 0; n < 50; n++) writeFileSync(source(`albums/f${n}`), 'encrypted');
    rmSync(source('albums/f99'));
    await waitFor('the mistake', () => !existsSync(join(folder, 'replica/data/albums/f99')));
    await waitUntilSettled(agent);
    assert.match(await succeeds('log', 'albums/f99'), /deleted +albums\/f99\n$/);
    const differences = await succeeds('diff', '--at', moment);
    assert.equal(differences.match(/^M albums\/f/gm)?.length, 50);
    assert.match(differences, /^- albums\/f99$/m);
    assert.match(await succeeds('restore', '--at', moment, '--path', 'albums', '--to', 'found'), /101 entries are in/);
    assert.equal(execFileSync('diff', ['-r', saved, join(folder, 'found/albums')], { encoding: 'utf8' }), '');
    const { out } = await history([
      'restore',
      '--at',
      moment,
      '--path',
      'albums/f1',
      '--path',
      'albums/f2',
      '--to',
      '-',
    ]);
    assert.match(out, /^albums\/f1\0/);
    // Put back at the source it comes to the target like any change.
    await succeeds('restore', '--at', moment, '--path', 'albums', '--into', 'source');
    await waitFor('the source’s own on the target', () => existsSync(join(folder, 'replica/data/albums/f99')));
    await waitUntilSettled(agent);
    assert.deepEqual(await compareTrees(saved, source('albums'), { hardLinks: true }), []);
    assert.deepEqual(await compareTrees(source(), join(folder, 'replica/data'), { hardLinks: true }), []);
    const object = await plane.kubectl('get', 'srep', 'uploads', '-n', namespace, '-o', 'yaml');
    const events = await plane.kubectl('get', 'events', '-A', '-o', 'yaml');
    assert.doesNotMatch(object + events, /albums|\bf99\b/);
    assert.doesNotMatch(object, new RegExp(`${annotations.historyReader}: `), 'the wish is taken back');
    await plane.until('the certificate to be gone', async () => {
      return (await plane.get('srep', 'uploads', namespace))?.status?.historyReader === undefined;
    });
  });

  test('what can’t be is said with what to do', async () => {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [['resume'], /resume is not known; write checkpoints, log, diff, restore/],
      [['diff'], /--at is missing/],
      [['restore', '--at', '1m'], /give --to DIR/],
      [['checkpoints', '--target', 'other'], /the past of other: it keeps no history/],
      [['checkpoints', '--volume', 'other'], /no such source volume/],
    ];
    for (const [words, said] of refused) assert.match((await history(words)).err, said);
    const reader = await makeUser(plane, {
      name: 'reader',
      namespace,
      rules: [{ apiGroups: ['syncreplica.io'], resources: ['syncreplicas'], verbs: ['get', 'list'] }],
      folder,
    });
    const { code, err } = await history(['checkpoints'], reader);
    assert.equal(code, 1);
    assert.match(err, /ask an administrator/);
    const unforwarded = await history(['checkpoints'], onCall, []);
    assert.match(unforwarded.err, /you may forward no port of its receiver\n.*ClusterRole syncreplica-history/);
    // Nothing listens for it here: that far its role lets it come.
    const forwarder = await makeUser(plane, { name: 'forwarder', namespace, rules: historyRights, folder });
    assert.doesNotMatch((await history(['checkpoints'], forwarder, [])).err, /you may/);
  });
});
