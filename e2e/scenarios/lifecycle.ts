import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tryCommand } from '../cluster/command.ts';
import { clustersFolder, layoutOf } from '../cluster/layout.ts';
import { killNow, machinePid } from '../cluster/machine.ts';
import { startProgram } from '../cluster/started-program.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const name = 'lifecycle';
const program = join(dirname(import.meta.dirname), 'cluster', 'main.ts');

/** A second cluster beside the first: brought up, killed, repaired, interrupted half-way, taken down, and nothing of it is left. */
export const scenario = defineScenario({
  name,
  needs: 'cluster',
  needsFaults: true,
  async run(context) {
    const before = await traces();
    try {
      await context.step('a second cluster beside the first', () => startSecond(context));
      await context.step('killed and repaired', () => killAndRepair());
      await context.step('taken down without a trace', () => takeDown(before));
      await context.step('interrupted half-way, then taken down', () => interrupt(before));
    } finally {
      await cluster('down');
    }
  },
});

async function startSecond(context: Context): Promise<void> {
  await succeed('up', '--nodes', '1');
  await succeed('up'); // again: nothing to do
  const identity = async () =>
    (await succeed('kubectl', 'get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}')).trim();
  const first = await context.get('namespace', 'kube-system');
  assert.notEqual(await identity(), first.metadata.uid);
  assert.match(await succeed('status'), /^cluster lifecycle: healthy/);
  const refused = await cluster('up', '--nodes', '2');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /it has 1 nodes already/);
}

async function killAndRepair(): Promise<void> {
  const layout = layoutOf(name, 1);
  await succeed('kubectl', 'create', 'namespace', 'kept');
  const control = machinePid(layout, 'control');
  assert.ok(control !== undefined);
  killNow(control);
  const status = await cluster('status');
  assert.equal(status.code, 1);
  assert.match(status.stdout, /NOT healthy/);
  await succeed('up');
  assert.match(await succeed('kubectl', 'get', 'namespace', 'kept'), /kept/);
}

async function takeDown(before: readonly string[]): Promise<void> {
  await succeed('down');
  assert.deepEqual(await traces(), before);
  assert.equal((await cluster('status')).code, 1);
  await succeed('down'); // again: nothing to do
}

/** Kills `up` as soon as its machines run: half a cluster, whose owner is gone. */
async function interrupt(before: readonly string[]): Promise<void> {
  const up = startProgram(process.execPath, [program, 'up', '--name', name, '--nodes', '1']);
  await up.untilSays(/control plane …/);
  up.signal('SIGKILL');
  await up.ended;
  assert.ok(existsSync(layoutOf(name, 1).folder));
  await succeed('down');
  assert.deepEqual(await traces(), before);
}

/** What a cluster could leave on the host: mounts, devices, loop devices, cgroups, files and processes of its own. */
async function traces(): Promise<readonly string[]> {
  const ours = (text: string) => text.split('\n').filter((line) => line.includes(name));
  const links = (await tryCommand('ip', ['-brief', 'link'])).stdout
    .split('\n')
    .map((line) => line.split(/\s+/)[0] ?? '')
    .filter((device) => /^(n\d|srep|cni|veth)/.test(device));
  const loops = ours((await tryCommand('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'])).stdout);
  const cgroups = readdirSync('/sys/fs/cgroup').flatMap((controller) => {
    const path = join('/sys/fs/cgroup', controller, `syncreplica-e2e-${name}`);
    return existsSync(path) ? [path] : [];
  });
  const files = existsSync(clustersFolder) ? readdirSync(clustersFolder).filter((file) => file.includes(name)) : [];
  const views = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurs(pid));
  return [...ours(readFileSync('/proc/self/mountinfo', 'utf8')), ...links, ...loops, ...cgroups, ...files, ...views];
}

/** A process of the cluster sees the cluster's folder as its root. */
function isOurs(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(`${clustersFolder}/${name}/`);
  } catch {
    return false; // it has ended meanwhile
  }
}

async function succeed(verb: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster(verb, ...words);
  assert.equal(code, 0, `cluster ${verb} ${words.join(' ')}: exit ${code}: ${stderr}`);
  return stdout;
}

function cluster(verb: string, ...words: readonly string[]) {
  return tryCommand(process.execPath, [program, verb, '--name', name, ...words]);
}
