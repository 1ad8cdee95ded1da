import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { shownCommandsOf } from '../docs/page-shell.ts';
import { inApp } from '../harness/look/pods.ts';
import { differencesOf } from '../harness/look/trees.ts';
import { makePod } from '../harness/make/application.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Plugin, withPlugin } from '../harness/plugin.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const folders = 100;
const filesEach = 100;
const files = folders * filesEach;

/** What the application writes, and what goes wrong: ransomware, a deletion, and a deploy. In its container, which has Node. */
const fill = `const { mkdirSync, writeFileSync } = require('node:fs');
mkdirSync('/data/config'); writeFileSync('/data/config/version', 'v1'); mkdirSync('/data/albums');
for (let d = 0; d < ${folders}; d += 1) { mkdirSync('/data/albums/d' + d);
  for (let f = 0; f < ${filesEach}; f += 1) writeFileSync('/data/albums/d' + d + '/f' + f, 'precious ' + d + ' ' + f); }`;
const encrypt = `const { renameSync, writeFileSync } = require('node:fs');
for (let d = 0; d < ${folders}; d += 1) for (let f = 0; f < ${filesEach}; f += 1) { const file = '/data/albums/d' + d + '/f' + f;
  writeFileSync(file + '.locked', 'encrypted'); renameSync(file + '.locked', file); }
writeFileSync('/data/README', 'pay');`;
const erase = 'rm -rf /data/albums/d1 /data/albums/d2 /data/albums/d3';
const deploy = 'cd /data && mv config config.old && mkdir config && echo v2 > config/version && chmod 700 config';

/**
 * 10,000 files are rewritten, directories deleted, a deploy goes wrong: all of it is on the target within moments. By the page's
 * commands the history tells what happened, gives a tree and files back, and takes the target back to the minute before, without their bytes.
 */
export const scenario = defineScenario({
  name: 'history',
  needsFaults: true,
  async run(context) {
    const history = { keep: '1h', maxSize: '50%' };
    const targets = [{ name: 'dr', managed: { storage: '1Gi', afterPromotion: 'Serve' }, history }];
    const app = await startApplication(context, { targets }, { name: 'uploads' });
    const { namespace } = app;
    const pod = (await app.pod()).metadata.name;
    const inNode = (script: string) => context.exec({ namespace, pod, container: 'app' }, ['node', '-e', script]);
    const source = await context.volumePath(namespace, 'uploads');
    const volume = await context.volumePath(namespace, 'data-uploads-dr-0');
    const data = join(volume, 'data');
    const saved = mkdtempSync(join(tmpdir(), 'syncreplica-history-'));
    try {
      await context.step(`${files} files`, () => inNode(fill));
      await app.untilSame();
      await withPlugin(context, namespace, 'history', (plugin) => untilCheckpoint(context, plugin));
      execFileSync('cp', ['-a', `${source}/.`, saved]);
      const before = new Date().toISOString();
      const lines = shownCommandsOf('docs/history.md').filter((line) => line.startsWith('kubectl syncreplica'));
      /** The page's line with these words, of that moment and of this pod. */
      const lineOf = (words: string): string => {
        const line = lines.find((one) => one.includes(words));
        assert.ok(line, `the page has a line with ${words}`);
        return line.replace('14:05', before).replace('web-0 -c web', `${pod} -c app`);
      };
      await context.step('the mistakes', async () => {
        await inNode(encrypt);
        for (const mistake of [erase, deploy]) await app.run(mistake);
        await app.untilSame();
      });
      await withPlugin(context, namespace, 'history', async (plugin) => {
        const run = (words: string, more = '') => context.step(words, () => plugin.shell(lineOf(words) + more));
        assert.match(await run('history uploads checkpoints'), /checkpoint {2}epoch/);
        assert.match(await run('history uploads log albums'), /deleted +albums\/d1\n/);
        const differences = await run('history uploads diff', ` --limit ${2 * files}`);
        assert.equal(differences.match(/^M albums\/d\d+\/f\d+$/gm)?.length, files - 3 * filesEach);
        assert.match(differences, /^- albums\/d3\/$/m);
        assert.match(differences, /^\+ config\.old\/$/m);
        await run('--to found');
        const found = join(plugin.folder, 'found');
        assert.equal(
          execFileSync('diff', ['-r', join(saved, 'albums'), join(found, 'albums')], { encoding: 'utf8' }),
          '',
        );
        const used = usedBytes(volume);
        const said = await run('--beside before');
        const more = usedBytes(volume) - used;
        context.log(`a tree of ${files} files beside the replica: ${more} bytes more are used`);
        assert.ok(more < files * 512, `${more} bytes`);
        const beside = join(volume, '.syncreplica/beside/before');
        assert.deepEqual(readdirSync(join(beside, 'tree')).sort(), readdirSync(saved).sort());
        for (const name of readdirSync(saved))
          assert.deepEqual(await differencesOf(join(saved, name), join(beside, 'tree', name)), []);
        await context.step('a pod reads it, and can’t write to it', () => readBeside(context, namespace, said));
        await plugin.shell('kubectl syncreplica history uploads forget before');
        assert.ok(!existsSync(beside));
      });
      await withPlugin(context, namespace, 'administrator', async (plugin) => {
        await context.step('the files come back to the application', () => plugin.shell(lineOf('--to -')));
        const differences = await differencesOf(join(saved, 'albums'), join(source, 'albums'));
        // Times of a tar are whole seconds, and the bit of the group that every directory here has is left out.
        assert.deepEqual(
          differences.filter((line) => !/^(mtime: |mode: .*2755, 0755$)/.test(line)),
          [],
        );
        await app.untilSame();
      });
      await context.step('no name of a file is in the API', async () => {
        const objects = await context.kubectl(['get', 'srep,events', '-n', namespace, '-o', 'yaml']);
        assert.doesNotMatch(objects, /albums|config\.old|README/);
      });
      const mistakenAt = new Date().toISOString();
      await withPlugin(context, namespace, 'on-call', (plugin) => {
        return goBack(context, plugin, volume, `${lineOf('roll-back uploads dr')} --yes`);
      });
      assert.deepEqual(await differencesOf(saved, data), []);
      assert.equal(readdirSync(join(data, 'albums')).length, folders);
      const [promotion] = (await context.get('syncreplica', 'uploads', namespace)).status.promotions;
      context.log(promotion.loss);
      assert.ok(Number(/(\d+) entries were changed back/.exec(promotion.loss)?.[1]) >= files, promotion.loss);
      await context.step('its receiver goes on, and gives what the roll-back undid', () =>
        withPlugin(context, namespace, 'history', async (plugin) => {
          const words = `--at ${mistakenAt} --any --path README --to undone`;
          await plugin.shell(`kubectl syncreplica history uploads restore ${words}`);
          assert.equal(readFileSync(join(plugin.folder, 'undone/README'), 'utf8'), 'pay');
        }),
      );
    } finally {
      rmSync(saved, { recursive: true, force: true });
    }
  },
});

/** Waits until there is one from which the target differs in nothing. */
const untilCheckpoint = (context: Context, plugin: Plugin): Promise<unknown> =>
  context.waitFor('a checkpoint of all that is there', async () => {
    const now = new Date().toISOString();
    const said = await plugin.shell(`kubectl syncreplica history uploads diff --at ${now}`);
    return said.startsWith('checkpoint of ') && !/^[-+MA] /m.test(said);
  });

/** As what was printed says to mount it. */
const readBeside = async (context: Context, namespace: string, said: string): Promise<void> => {
  const lines = said.split('\n').filter((line) => /^ +volume(s|Mounts): /.test(line));
  const { volumes, volumeMounts } = parse(lines.map((line) => line.trim()).join('\n'));
  await context.apply(makePod(context, 'look', { pod: { volumes }, container: { volumeMounts } }), namespace);
  await context.kubectl(['wait', 'pod/look', '--for=condition=Ready', '--timeout=120s', '--namespace', namespace]);
  assert.equal(await inApp(context, namespace, 'look', 'cat /past/albums/d1/f1'), 'precious 1 1');
  const written = await inApp(context, namespace, 'look', 'echo x 2>&1 > /past/albums/d1/f1 || echo refused');
  assert.match(written, /refused/);
  await context.kubectl(['delete', 'pod', 'look', '--namespace', namespace, '--timeout=60s']);
};

const goBack = async (context: Context, plugin: Plugin, volume: string, line: string): Promise<void> => {
  const used = usedBytes(volume);
  const began = performance.now();
  const said = await context.step('the target goes back', () => plugin.shell(line));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const more = usedBytes(volume) - used;
  context.log(`rolled back, and its claim free, in ${seconds} s; ${more} bytes more are used`);
  assert.match(said, /dr is what it was at .*, and its claims are free/);
  assert.ok(more < files * 512, `${more} bytes`);
};

/** Bytes of a folder's files; of several names of one, once. */
const usedBytes = (folder: string): number =>
  Number.parseInt(execFileSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }), 10);
