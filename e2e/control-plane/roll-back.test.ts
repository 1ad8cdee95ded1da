import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { AgentHandle } from '../../sidecar/agent/main.ts';
import { waitFor, waitUntilSettled } from '../../sidecar/agent/testing/agent-fixture.ts';
import { waitForCheckpoint } from '../../sidecar/agent/testing/wait-for-checkpoint.ts';
import { createHistoryClient } from '../../sidecar/protocol/connection/history-client.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { annotations } from '../../src/api/names.ts';
import type { ReplicationSettings } from '../../src/api/settings/replication-settings.ts';
import { rights } from '../../src/kubectl/rights.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { shownCommandsOf } from '../docs/page-shell.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import {
  applyUploads,
  type DataPlane,
  settingsText,
  startDrReceiver,
  startSourceAgent,
  startSourcePod,
} from './data-plane.ts';
import { findCondition } from './objects.ts';
import { makeUser } from './user.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const namespace = 'shop';
const history = { keepMs: 3_600_000, maxSize: { percent: 50 } } as const;

/** A real apiserver, operator, receiver and agent; what a kubelet would do is done here. */
describe('a roll-back ordered by annotation, on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentHandle;
  let kubeconfig: string | undefined;
  const source = (name = ''): string => join(folder, 'source', name);
  const data = (): string => join(folder, 'replica', 'data');
  const srep = (): Promise<KubeItem | undefined> => plane.get('srep', 'uploads', namespace);
  const annotate = (...values: string[]) =>
    plane.kubectl('annotate', 'srep', 'uploads', '-n', namespace, '--overwrite', ...values);
  const promoted = async () => findCondition(await srep(), 'Promoted');
  const arrives = (name: string, text: string) =>
    waitFor(`${name} to arrive`, () => {
      try {
        return readFileSync(join(data(), name), 'utf8') === text;
      } catch {
        return false;
      }
    });

  const runVerb = async (...words: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    kubeconfig ??= await makeUser(plane, { name: 'on-call', namespace, rules: rights, folder });
    const [verb = '', ...more] = words;
    const argv = [main, '--as-kubectl-plugin', verb, 'uploads', 'dr', '-n', namespace, '--yes', ...more];
    const child = spawn(process.execPath, argv, {
      env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig },
    });
    const [closed, out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { code: closed[0], out, err };
  };
  const standAtCheckpoint = async (): Promise<void> => {
    const [target] = (JSON.parse((await settingsText(on)) ?? '{}') as ReplicationSettings).targets;
    assert.equal(target?.kind, 'receiver');
    const { port, volume, username, password, host } = target;
    const tls = { ...target.tls, servername: target.tls.servername ?? host };
    const client = createHistoryClient({ host: on.receiverHost, port, volume, tls, user: { username, password } });
    await waitForCheckpoint(client);
    client.close();
  };

  /** What a kubelet would do with a receiver that is not to run. */
  const endReceiver = async (): Promise<void> => {
    await receiver?.stop();
    receiver = undefined;
    await plane.kubectl('delete', 'pod', 'uploads-dr-0', '-n', namespace, '--force', '--grace-period=0');
  };
  const goOn = async (): Promise<void> => {
    await plane.until('a receiver is wanted', async () => {
      return (await plane.get('statefulset', 'uploads-dr', namespace))?.spec.replicas === 1;
    });
    receiver = await startDrReceiver(on, { history });
    await plane.until('it is over', async () => (await srep())?.status?.promotions === undefined);
    await agent.stop(100);
    agent = await startSourceAgent(on);
    await waitUntilSettled(agent);
    assert.deepEqual(await compareTrees(source(), data(), { hardLinks: true }), []);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-roll-back-'));
    for (const name of ['source', 'replica', 'state']) mkdirSync(join(folder, name));
    plane = await startControlPlane();
    await applyUploads(plane, namespace, {
      targets: [{ name: 'dr', managed: { storage: '1Gi' }, history: { keep: '1h' } }],
    });
    await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost: '127.83.0.9', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on, { history });
    for (let n = 0; n < 1_000; n++) {
      if (n % 100 === 0) mkdirSync(source(`d${n / 100}`));
      writeFileSync(source(`d${Math.floor(n / 100)}/f${n}`), `precious ${n}`);
    }
    agent = await startSourceAgent(on);
    await waitUntilSettled(agent);
  });
  after(async () => {
    await agent?.stop(100);
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the status tells how far back one can go; what can’t be done is said, and nothing is stopped by it', async () => {
    await plane.until('a checkpoint in the status', async () => {
      const { history: kept } = (await srep())?.status?.volumes?.[0]?.replicas?.[0] ?? {};
      return kept?.checkpointTime !== undefined && kept.entries === 0 ? kept : undefined;
    });
    await annotate(`${annotations.promote}=dr`, `${annotations.rollBackTo}=14:05`);
    await plane.until('no such time', async () => (await promoted())?.reason === 'InvalidTime');
    await annotate(`${annotations.rollBackTo}=2020-01-01T00:00:00Z`);
    await plane.until('no such history', async () =>
      /there is no checkpoint that old; the oldest checkpoint is of/.test((await promoted())?.message ?? ''),
    );
    await annotate(`${annotations.promote}-`, `${annotations.rollBackTo}-`);
    await plane.until('the order to be gone', async () => (await promoted()) === undefined);
    const { code, err } = await runVerb('roll-back', '--at', '2020-01-01T00:00:00Z');
    assert.equal(code, 1);
    assert.match(err, /there is no checkpoint that old; the oldest checkpoint is of .*\n.*replication goes on/);
    assert.deepEqual(
      Object.keys((await srep())?.metadata.annotations ?? {}).filter((one) => /promote|roll/.test(one)),
      [],
    );
    writeFileSync(source('goes on'), 'x');
    await arrives('goes on', 'x');
    await waitUntilSettled(agent);
    await standAtCheckpoint();
  });

  test('a mistake of the user is undone to the minute before it, and the claim is free', async () => {
    const saved = join(folder, 'saved');
    execFileSync('cp', ['-a', source(), saved]);
    const before = new Date().toISOString();
    rmSync(source('d3'), { recursive: true });
    for (let n = 400; n < 1_000; n++) writeFileSync(source(`d${Math.floor(n / 100)}/f${n}`), `encrypted ${n}, pay`);
    writeFileSync(source('README'), 'pay');
    await arrives('README', 'pay');
    await waitUntilSettled(agent);
    const verb = runVerb('roll-back', '--at', before);
    const done = await plane.until('the roll-back', async () => {
      const found = (await srep())?.status?.promotions?.[0];
      return found?.rolledBackTo === undefined ? undefined : found;
    });
    assert.ok(Date.parse(done.rolledBackTo) <= Date.parse(before));
    assert.match(
      done.loss,
      /^what came after the checkpoint of .*, to which it was rolled back: \d+ entries were changed/,
    );
    assert.deepEqual(await compareTrees(saved, data(), { hardLinks: true }), []);
    await waitFor('the refusal', () => agent.status().replicas[0]?.lastError?.reason === 'Promoted');
    await endReceiver();
    await plane.until('the claim to be free', async () => (await promoted())?.status === 'True');
    const { code, out } = await verb;
    assert.equal(code, 0, out);
    assert.match(out, /^uploads on dr: history since .* known to be the source at /);
    assert.match(out, /^uploads: dr is what it was at .*; lost: what came after the checkpoint/m);
    assert.match(out, /claimName: data-uploads-dr-0/);
    const events = await plane.kubectl('get', 'events', '-n', namespace, '-o', 'jsonpath={.items[*].message}');
    assert.match(events, /dr refuses every writer from now on; lost: what came after the checkpoint/);
  });

  test('demoted it takes what its source has, and a promotion after it rolls nothing back', async () => {
    const demoted = runVerb('demote');
    await goOn();
    const { code, err } = await demoted;
    assert.equal(code, 0, err);
    assert.equal((await srep())?.metadata.annotations?.[annotations.rollBackTo], undefined);
    // As an earlier version, or plain kubectl, leaves it.
    await annotate(`${annotations.rollBackTo}=2020-01-01T00:00:00Z`);
    const promotedBy = runVerb('promote');
    await plane.until('the fence', async () => (await srep())?.status?.promotions?.[0]?.fencedAt);
    await endReceiver();
    const said = await promotedBy;
    assert.equal(said.code, 0, said.err);
    assert.equal((await srep())?.status?.promotions?.[0]?.rolledBackTo, undefined);
    assert.deepEqual(await compareTrees(source(), data(), { hardLinks: true }), []);
    const again = runVerb('demote');
    await goOn();
    assert.equal((await again).code, 0);
  });

  test('the page’s lines for plain kubectl do the same', async () => {
    const lines = shownCommandsOf('docs/history.md').filter((line) => /^kubectl (annotate|wait) /.test(line));
    assert.equal(lines.length, 2);
    const inNamespace = (line: string) => plane.kubectl(...line.split(' ').slice(1), '-n', namespace);
    await standAtCheckpoint();
    const before = new Date().toISOString();
    const saved = join(folder, 'saved again');
    execFileSync('cp', ['-a', source(), saved]);
    rmSync(source('d5'), { recursive: true });
    writeFileSync(source('README'), 'pay more');
    await arrives('README', 'pay more');
    await waitUntilSettled(agent);
    const [order = '', wait = ''] = lines;
    await inNamespace(order.replace('2026-03-01T14:05:00Z', before));
    await plane.until('the fence', async () => (await srep())?.status?.promotions?.[0]?.fencedAt);
    await endReceiver();
    assert.match(await inNamespace(wait), /uploads condition met/);
    assert.deepEqual(await compareTrees(saved, data(), { hardLinks: true }), []);
  });
});
