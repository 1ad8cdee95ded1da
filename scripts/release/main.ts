import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../e2e/cluster/command.ts';
import { makeProgress } from '../../e2e/cluster/progress.ts';
import { bundle } from '../build/bundle.ts';
import { listParts } from './list-parts.ts';
import { packChart } from './pack-chart.ts';
import { packImages } from './pack-images.ts';
import { packOlm } from './pack-olm.ts';
import { packPlugin } from './pack-plugin.ts';
import { packArchive, packDeb, packNpm } from './pack-program.ts';
import { platforms, releaseOf, stageProgram } from './stage-program.ts';

/**
 * `npm run release [-- --out DIR] [--only PART…] [--without PART…]`: makes everything that is handed out and publishes
 * nothing. Parts: programs, npm, plugin, chart, olm, parts-list, images.
 */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'release' },
    only: { type: 'string', multiple: true },
    without: { type: 'string', multiple: true, default: [] },
  },
});
const project = join(import.meta.dirname, '../..');
const progress = makeProgress(
  (text) => process.stderr.write(text),
  () => performance.now(),
);
const { stdout: committedAt } = await runCommand('git', ['log', '-1', '--format=%ct'], { cwd: project });
const work = mkdtempSync(join(tmpdir(), 'syncreplica-release-'));
const options = releaseOf(project, resolve(values.out), work, Number(committedAt));
const isWanted = (part: string): boolean => (values.only?.includes(part) ?? true) && !values.without.includes(part);

try {
  mkdirSync(options.out, { recursive: true });
  const bundled = await progress.step('bundle the program', () => bundle(join(project, 'dist')));
  const files: string[] = [];
  const make = async (part: string, work: () => Promise<string[]>): Promise<void> => {
    if (isWanted(part)) files.push(...(await progress.step(part, work)));
  };
  await make('programs', async () => {
    const made: string[] = [];
    for (const platform of platforms) {
      const staged = await stageProgram(platform, options);
      made.push(await packArchive(staged, platform, options), await packDeb(staged, platform, options));
    }
    return made;
  });
  await make('npm', async () => [await packNpm(options)]);
  await make('plugin', () => packPlugin(options));
  await make('chart', () => packChart(options));
  await make('olm', () => packOlm(options));
  await make('parts-list', async () => listParts(bundled, options));
  await make('images', () => packImages(options, progress));
  const sums = files
    .map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`)
    .sort();
  writeFileSync(join(options.out, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
} finally {
  rmSync(options.work, { recursive: true, force: true });
}
