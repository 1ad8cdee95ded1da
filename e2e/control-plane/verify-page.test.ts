import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { canRun } from '../../sidecar/agent/watch/testing/watching-process.ts';
import type { Receiver } from '../../sidecar/receiver/receiver.ts';
import { rights } from '../../src/kubectl/rights.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type CommandResult, tryCommand } from '../cluster/command.ts';
import { makePageShell, shownCommandsOf } from '../docs/page-shell.ts';
import { blocksOf, commandsOf } from '../docs/read-documents.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { applyUploads, type DataPlane, startDrReceiver, startSourcePod } from './data-plane.ts';
import { findCondition } from './objects.ts';
import { makeUser } from './user.ts';

const skip = !isApiServerBuilt(process.env)
  ? 'the programs of an apiserver are not in the cache'
  : !canRun('unshare', '-Ur', 'true') && 'needs a user namespace';
const namespace = 'shop';
const page = 'docs/verify.md';
const files = 20;

/** A real apiserver, operator, receiver and agent, with the page's own settings; a person with the role of who is on call and no more. */
describe('the page on verification in a cluster', { skip }, () => {
  let plane: ControlPlane;
  let folder: string;
  let on: DataPlane;
  let receiver: Receiver | undefined;
  let agent: AgentProcess | undefined;
  let run: (line: string) => Promise<CommandResult>;
  const source = (name: string): string => join(folder, 'source', name);
  const data = (name: string): string => join(folder, 'replica/data', name);
  const srep = () => plane.get('srep', 'uploads', namespace);
  const row = async () => (await srep())?.status?.volumes?.[0]?.replicas?.[0];
  const lineOf = (lines: readonly string[], words: string): string => {
    const line = lines.find((one) => one.startsWith(words));
    assert.ok(line, `the page has a line ${words}`);
    return line;
  };
  /** Size and time stay, to the nanosecond: no look at those finds it. */
  const rot = (name: string): void => {
    writeFileSync(data(name), 'CONTENT');
    execFileSync('touch', ['-r', source(name), data(name)]);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncreplica-verify-page-'));
    for (const name of ['source', 'replica', 'state', 'person']) mkdirSync(join(folder, name));
    for (let n = 0; n < files; n++) writeFileSync(source(`f${n}`), 'content');
    plane = await startControlPlane();
    const [settings] = blocksOf(page, 'yaml').map((text) => parse(text).spec);
    assert.ok(settings.verify.schedule, 'the page has a spec with a schedule');
    await applyUploads(plane, namespace, settings);
    await plane.startOperator('operator-a');
    on = { plane, namespace, receiverHost: '127.83.0.61', folder };
    await startSourcePod(on);
    receiver = await startDrReceiver(on);
    agent = await startAgentProcess(on, 'true');
    await plane.until('the replica to be in sync', async () => (await row())?.inSync === true);
    const config = JSON.parse(
      readFileSync(await makeUser(plane, { name: 'on-call', namespace, rules: rights, folder }), 'utf8'),
    );
    const shell = makePageShell({ folder: join(folder, 'person'), kubectl: plane.server.kubectl, config, namespace });
    run = (line) => {
      const [program = '', ...words] = shell(line);
      return tryCommand(program, words);
    };
  });
  after(async () => {
    await agent?.stop();
    await receiver?.stop();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the verb compares all content, finds what rotted, and says so by its exit code', async () => {
    const line = lineOf(shownCommandsOf(page), 'kubectl syncreplica verify');
    const intact = await run(line);
    assert.equal(intact.code, 0, intact.stderr);
    assert.match(
      intact.stdout,
      /^uploads: a verification is asked for\n(.*\n)*uploads → dr: 20 entries compared, nothing differs\n$/,
    );
    rot('f3');
    const rotten = await run(line);
    assert.equal(rotten.code, 1, rotten.stderr);
    assert.match(
      rotten.stdout,
      /uploads → dr: 20 entries compared, 1 found to differ, 1 mended, nothing differs now\n$/,
    );
    assert.equal(readFileSync(data('f3'), 'utf8'), 'content');
    assert.equal((await run(line)).code, 0);
  });

  test('plain kubectl asks by a new value, and the status, a condition and Events tell what came of it', async () => {
    rot('f4');
    const asked = await run(lineOf(commandsOf(page), 'kubectl annotate'));
    assert.equal(asked.code, 0, asked.stderr);
    const wanted = (await srep())?.metadata.annotations?.['syncreplica.io/verify-requested-at'];
    assert.match(wanted ?? '', /^\d{4}-\d\d-\d\dT/);
    await plane.until('the answer', async () => (await row())?.verification?.answered === wanted);
    assert.equal(readFileSync(data('f4'), 'utf8'), 'content');
    const { verification, verifiedAt } = await plane.until('it to be mended', async () => {
      const found = await row();
      return found?.verification?.differences === 0 && found;
    });
    assert.ok(Date.parse(verifiedAt) > 0);
    assert.ok(verification.found >= 1 && verification.repaired >= 1 && verification.mode === 'Checksum');
    await plane.until('Verified', async () => findCondition(await srep(), 'Verified')?.status === 'True');
    await plane.until('both Events', async () => {
      const told = (await plane.list('events.events.k8s.io', namespace)).map(({ reason }) => reason);
      return ['Diverged', 'Repaired'].every((reason) => told.includes(reason));
    });
  });
});
