import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { runCommand, tryCommand } from '../cluster/command.ts';
import { startProgram } from '../cluster/started-program.ts';
import { matchCapture } from '../docs/captures.ts';
import type { ControlPlane } from './control-plane.ts';
import { applyStories } from './kubectl-stories.ts';
import { type StoriesPlane, startStories } from './start-stories.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const main = join(import.meta.dirname, '../../src/cli/main.ts');

interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('kubectl syncreplica on a real apiserver, with the rights of the role and no more', { skip }, () => {
  let stories: StoriesPlane | undefined;
  let plane: ControlPlane;
  let folder: string;
  let kubeconfig: string;

  const verb = (argv: readonly string[]) => [main, '--as-kubectl-plugin', ...argv];
  const env = () => ({ HOME: folder, KUBECONFIG: kubeconfig });
  const startVerb = (...argv: string[]) => startProgram(process.execPath, verb(argv), { env: env() });
  const run = async (...argv: string[]): Promise<Answer> => {
    const { code, stdout, stderr } = await tryCommand(process.execPath, verb(argv), { env: env() });
    return { code, out: stdout, err: stderr };
  };
  const annotation = async (name: string): Promise<string | undefined> =>
    (await plane.get('syncreplica', 'uploads', 'shop'))?.metadata.annotations?.[`syncreplica.io/${name}`];

  before(async () => {
    stories = await startStories();
    ({ plane, folder, kubeconfig } = stories);
  });
  after(() => stories?.stop());

  test('list says what is wrong, and since when', async () => {
    const { code, out } = await run('list', '--namespace', 'shop');
    assert.equal(code, 0);
    matchCapture('docs/kubectl.md', 'list', out);
  });

  test('what kubectl prints as name and json, the verb prints too', async () => {
    const { out: names } = await run('list', '-n', 'shop', '-o', 'name');
    assert.equal(names, await plane.kubectl('get', 'srep', '-n', 'shop', '-o', 'name'));
    const { out } = await run('status', 'uploads', '-n', 'shop', '-o', 'json');
    const got = await plane.get('syncreplica', 'uploads', 'shop');
    assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(got)));
    const { out: yaml } = await run('list', '-n', 'shop', '-o', 'yaml');
    assert.match(yaml, /^apiVersion: v1\nkind: List\n/);
  });

  test('status says of each replica where it is, and what to do; it ends with 1 while it is not in sync', async () => {
    const { code, out } = await run('status', 'uploads', '-n', 'shop');
    assert.equal(code, 1);
    matchCapture('docs/kubectl.md', 'status uploads', out);
    assert.equal((await run('status', 'media', '-n', 'shop')).code, 0);
    matchCapture('docs/kubectl.md', 'status archive', (await run('status', 'archive', '-n', 'shop')).out);
  });

  test('status --watch draws what changes, with the lags it saw', async () => {
    const child = startVerb('status', 'uploads', '-n', 'shop', '--watch');
    try {
      await child.untilSays(/lag 25m/);
      await applyStories(plane, { lagSeconds: 2000 });
      await child.untilSays(/lag 33m 20s/);
      await child.untilSays(/▇█/);
      matchCapture(
        'docs/kubectl.md',
        'status uploads --watch',
        pictureWith(child.said(), '▇█').replace(/▇+█+/, '▆▆▆▆▆▆▆▇████'),
      );
    } finally {
      await child.stop();
      await applyStories(plane);
    }
  });

  test('top shows every replica, the furthest behind first', async () => {
    const { out } = await run('top', '-n', 'shop');
    matchCapture('docs/kubectl.md', 'top', out);
    assert.deepEqual(
      out
        .split('\n')
        .slice(1, 5)
        .map((line) => line.split(/\s{3,}/)[3]),
      ['offsite', 'dr', 'dr', 'dr'],
    );
    const names = (await run('top', '-n', 'shop', '-o', 'name')).out.replaceAll('syncreplica.syncreplica.io/', '');
    assert.equal(names, 'uploads\narchive\nmedia\norders\n');
  });

  test('what one may not see is said with what to ask for', async () => {
    const { code, err } = await run('list', '--all-namespaces');
    assert.equal(code, 1);
    assert.match(err, /cannot list resource "syncreplicas"/);
    assert.match(err, /syncreplica-on-call/);
    assert.match((await run('status', 'none', '-n', 'shop')).err, /get SyncReplica shop\/none: there is none/);
    assert.equal((await run('list', '-o', 'wide')).code, 2);
    for (const verb of ['doctor', 'log', 'locks'])
      assert.match(
        (await run(verb, 'uploads', '-n', 'shop', '-o', 'name')).err,
        /(findings|changes|locks) are no objects, and have no names; write table, json, yaml/,
      );
  });

  test('sync, pause and resume ask by what plain kubectl could write', async () => {
    const before = Date.now();
    assert.equal((await run('sync', 'uploads', '-n', 'shop')).code, 0);
    assert.ok(Date.parse((await annotation('sync-requested-at')) ?? '') >= before - 1000);
    await run('pause', 'uploads', '-n', 'shop');
    assert.equal((await plane.get('syncreplica', 'uploads', 'shop'))?.spec.paused, true);
    assert.match((await run('pause', 'uploads', '-n', 'shop')).out, /was paused already/);
    await run('resume', 'uploads', '-n', 'shop');
    assert.equal((await plane.get('syncreplica', 'uploads', 'shop'))?.spec.paused, false);
  });

  test('pause --target stops one target, and leaves the others as they are', async () => {
    const targets = async () => {
      const replica = await plane.get('syncreplica', 'uploads', 'shop');
      assert.ok(replica);
      return (replica.spec.targets as { name: string; paused?: boolean }[]).map(({ name, paused }) => [name, paused]);
    };
    const { out } = await run('pause', 'uploads', '--target', 'offsite', '-n', 'shop');
    assert.match(out, /uploads to offsite is paused/);
    assert.deepEqual(await targets(), [
      ['dr', undefined],
      ['offsite', true],
    ]);
    assert.match((await run('pause', 'uploads', '--target', 'no', '-n', 'shop')).err, /has no such target/);
    await run('resume', 'uploads', '--target', 'offsite', '-n', 'shop');
    assert.deepEqual(await targets(), [
      ['dr', undefined],
      ['offsite', false],
    ]);
  });

  test('sync --wait ends when every replica was compared', async () => {
    const child = startVerb('sync', 'media', '-n', 'shop', '--wait');
    await child.untilSays(/asked for/);
    assert.ok(child.isRunning());
    await applyStories(plane, { comparedAt: new Date(Date.now() + 1000).toISOString().replace(/\.\d+Z/, 'Z') });
    assert.equal(await child.ended, 0);
    assert.match(child.said(), /media → dr: compared at/);
    await applyStories(plane);
  });

  test('verify --wait tells what came out, and ends with 1 where something differed', async () => {
    for (const [found, expected] of [
      [0, /media → dr: 90,000 entries compared, nothing differs/],
      [2, /media → dr: 90,000 entries compared, 2 found to differ, 2 mended, nothing differs now/],
    ] as const) {
      const child = startVerb('verify', 'media', '-n', 'shop', '--wait');
      await child.untilSays(/asked for/);
      const { metadata } = (await plane.get('syncreplica', 'media', 'shop')) ?? assert.fail();
      const answered = metadata.annotations?.['syncreplica.io/verify-requested-at'] ?? '';
      assert.ok(child.isRunning());
      const verification = { mode: 'Checksum', entries: 90_000, differences: 0, found, repaired: found, answered };
      await applyStories(plane, { verification });
      assert.equal(await child.ended, found === 0 ? 0 : 1);
      assert.match(child.said(), expected);
      await applyStories(plane);
    }
  });

  test('log switches the journal on for a time or a path, longer for a second one, and off', async () => {
    const until = async (): Promise<number> => Date.parse((await annotation('journal-until')) ?? '');
    const off = await run('log', 'uploads', '-n', 'shop');
    assert.equal(off.code, 1);
    assert.match(off.err, /it is off[\s\S]*log uploads --follow/);
    const before = Date.now();
    const { code, err } = await run('log', 'uploads', '-n', 'shop', '--for', '2h', '--path', '/private/**');
    assert.equal(code, 0);
    assert.match(err, /agents write what they send until \d{4}-/);
    assert.ok((await until()) >= before + 7_199_000);
    assert.equal(await annotation('journal-path'), '/private/**');
    const first = await until();
    await run('log', 'uploads', '-n', 'shop', '--for', '1m');
    assert.equal(await until(), first, 'what another one asked for is not cut');
    assert.equal(await annotation('journal-path'), undefined);
    assert.equal((await run('log', 'uploads', '-n', 'shop')).code, 0, 'on, and nothing was written yet');
    assert.equal((await run('log', 'uploads', '-n', 'shop', '--for', '25h')).code, 2);
    assert.equal((await run('log', 'uploads', '-n', 'shop', '--for', 'long')).code, 2);
    await run('log', 'uploads', '-n', 'shop', '--off');
    assert.equal(await annotation('journal-until'), undefined);
  });

  test('release-deletes shows, asks, and repeats the id that is held', async () => {
    const { code, err } = await run('release-deletes', 'orders', '-n', 'shop');
    assert.equal(code, 1);
    assert.match(err, /--yes/);
    assert.equal((await plane.get('syncreplica', 'orders', 'shop'))?.metadata.annotations, undefined);
    const { out } = await run('release-deletes', 'orders', '-n', 'shop', '--yes');
    matchCapture('docs/kubectl.md', 'release-deletes orders --yes', out);
    const { metadata } = (await plane.get('syncreplica', 'orders', 'shop')) ?? assert.fail();
    assert.equal(metadata.annotations?.['syncreplica.io/release-deletes'], 'a41f');
    assert.match((await run('release-deletes', 'media', '-n', 'shop')).out, /holds no deletions/);
  });

  test('undelete shows, asks, and repeats the id that is kept', async () => {
    assert.match((await run('undelete', 'orders', '-n', 'shop')).out, /keeps no deletions/);
    const { code, err } = await run('undelete', 'media', '-n', 'shop');
    assert.equal(code, 1);
    assert.match(err, /--yes/);
    const { out } = await run('undelete', 'media', '-n', 'shop', '--yes');
    matchCapture('docs/kubectl.md', 'undelete media --yes', out);
    const { metadata } = (await plane.get('syncreplica', 'media', 'shop')) ?? assert.fail();
    assert.equal(metadata.annotations?.['syncreplica.io/undelete'], 'mass-71c0');
  });

  test('events are those of the one that is asked for, the latest last', async () => {
    const { out } = await run('events', 'uploads', '-n', 'shop');
    matchCapture('docs/kubectl.md', 'events uploads', out);
    assert.ok(!(await run('events', 'media', '-n', 'shop')).out.includes('ReplicaOffline'));
  });

  test('the doctor finds what is wrong, says what it could not look at, and ends with 1', async () => {
    const { code, out } = await run('doctor', '-n', 'shop');
    assert.equal(code, 1);
    matchCapture('docs/kubectl.md', 'doctor', out);
    const { out: json } = await run('doctor', 'uploads', '-n', 'shop', '-o', 'json');
    const found: { level: string; check: string }[] = JSON.parse(json);
    assert.deepEqual(
      new Set(found.filter(({ level }) => level === 'wrong').map(({ check }) => check)),
      new Set(['TargetUnreachable', 'TooFewInSync', 'network', 'receiver']),
    );
  });

  test('the doctor of an administrator tries the webhook, and sees what refuses a pod', async () => {
    const theirs = kubeconfig;
    kubeconfig = plane.server.kubeconfig;
    try {
      const { out } = await run('doctor', 'media', '-n', 'shop');
      assert.match(out, /a pod of the source would start without an agent/);
      const spec = { limits: [{ type: 'Pod', max: { memory: '1Mi' } }] };
      await plane.apply({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'small', namespace: 'shop' }, spec });
      await plane.until('what the LimitRange says', async () =>
        /let the LimitRange admit/.test((await run('doctor', 'media', '-n', 'shop')).out),
      );
      await plane.kubectl('delete', 'limitrange', 'small', '-n', 'shop');
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: 'shop' } };
      await plane.apply({ ...quota, spec: { hard: { pods: '0' } } });
      // As the controller of quotas counts.
      const counted = JSON.stringify({ status: { hard: { pods: '0' }, used: { pods: '2' } } });
      await plane.kubectl(
        ...['patch', 'resourcequota', 'none', '-n', 'shop', '--subresource=status', '--type=merge', '-p', counted],
      );
      await plane.until('what the quota says', async () =>
        /exceeded quota[\s\S]*raise the ResourceQuota/.test((await run('doctor', 'media', '-n', 'shop')).out),
      );
      await plane.kubectl('delete', 'resourcequota', 'none', '-n', 'shop');
      const enforce = 'pod-security.kubernetes.io/enforce';
      await plane.kubectl('label', 'namespace', 'shop', `${enforce}=restricted`);
      await plane.until('what Pod Security says of a pod like the one that runs', async () =>
        /violates PodSecurity[\s\S]*access: SameUser/.test((await run('doctor', 'uploads', '-n', 'shop')).out),
      );
      await plane.kubectl('label', 'namespace', 'shop', `${enforce}-`);
      assert.deepEqual(
        await plane.list('pods', 'shop').then((all) => all.map(({ metadata }) => metadata.name).sort()),
        ['uploads-dr-0', 'web-1'],
      );
    } finally {
      kubeconfig = theirs;
    }
  });

  test('a report holds no secret and no name of a file unless asked', async () => {
    const file = join(folder, 'report.yaml');
    assert.equal((await run('report', 'uploads', '-n', 'shop', '--file', file)).code, 0);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /reason: TargetUnreachable/);
    assert.ok(!text.includes('private/letters.txt') && !text.includes('hunter2'));
    const { out } = await run('report', 'uploads', '-n', 'shop', '--with-file-names');
    assert.ok(out.includes('private/letters.txt') && !out.includes('hunter2'));
  });

  test('completion completes', async () => {
    const { out } = await run('completion', 'bash');
    writeFileSync(join(folder, 'completion.bash'), out);
    const script = `source ${folder}/completion.bash; COMP_WORDS=(kubectl-syncreplica rel); COMP_CWORD=1; _kubectl_syncreplica; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await runCommand('bash', ['-c', script]);
    assert.equal(stdout.trim(), 'release-deletes');
  });
});

/** The picture that shows lags so. */
const pictureWith = (out: string, lags: string): string =>
  out.split(/(?=^shop\/uploads )/m).find((picture) => picture.includes(lags)) ?? assert.fail(`nothing shows ${lags}`);
