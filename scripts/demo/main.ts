import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { renderStatus } from '../../src/cli/running/render-status.ts';
import { formatBytes, formatCount, formatSeconds } from '../../src/terminal/format-figures.ts';
import { makeLiveBlock } from '../../src/terminal/terminal.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { bundle } from '../build/bundle.ts';
import { isStale } from '../build/is-stale.ts';
import { ensureRsync } from '../install/ensure-rsync.ts';
import { acts } from './changes.ts';
import { measureVisibility, percentile } from './measure-visibility.ts';
import { settle } from './settle.ts';
import { type Stage, setStage } from './stage.ts';

/**
 * `npm run demo [-- --keep]`: a real directory, two targets, real changes, and a strict comparison at the end.
 * Exit code 1 when anything differs.
 */

const settleTimeoutMs = 30_000;
const visibilitySamples = 100;
/** A busy machine measures less often, so that the demo still ends within its minute. */
const measureUntilMs = 40_000;
const shownDifferences = 10;
const refreshMs = 100;

const block = makeLiveBlock(process.stdout, process.env.NO_COLOR !== undefined);
const { paint } = block;
const isTerminal = process.stdout.isTTY;

/** Draws what goes on now; only a terminal can take it back. */
const show = (title: string, status?: AgentStatus): void => {
  if (isTerminal)
    block.draw([
      `${paint('cyan', '▸')} ${title}`,
      ...(status ? renderStatus(status, Date.now(), paint, block.columns) : []),
    ]);
};

/** Leaves a line for good. */
const say = (mark: string, title: string, text: string): void => {
  block.leave([`${mark} ${paint('bold', title.padEnd(8))} ${text}`]);
};
const done = paint('green', '✔');

const playActs = async (stage: Stage): Promise<AgentStatus> => {
  const started = performance.now();
  let status = await settle(stage.status, (now) => show('first pass', now), settleTimeoutMs);
  const bytes = status.replicas.map((replica) => replica.transferredBytes);
  say(
    done,
    'start',
    `${formatCount(status.replicas[0]?.transferredFiles ?? 0)} files, ${formatBytes(bytes[0] ?? 0)} to each of ${bytes.length} targets in ${formatSeconds((performance.now() - started) / 1000)}, ${formatCount(status.watch.watchedDirectories)} directories watched`,
  );
  for (const { title, play } of acts) {
    const before = status.replicas[0]?.transferredBytes ?? 0;
    show(title, status);
    const playing = performance.now();
    const text = await play(stage.source);
    const written = performance.now();
    status = await settle(stage.status, (now) => show(title, now), settleTimeoutMs);
    const sent = (status.replicas[0]?.transferredBytes ?? 0) - before;
    say(
      done,
      title,
      `${text}; written in ${formatSeconds((written - playing) / 1000)}, on both targets ${formatSeconds((performance.now() - written) / 1000)} later, ${formatBytes(sent)} sent`,
    );
  }
  return status;
};

const measure = async (stage: Stage): Promise<void> => {
  const samples = await measureVisibility(
    stage.source,
    stage.targets.map((target) => target.directory),
    { count: visibilitySamples, untilMs: measureUntilMs },
    (count) => count % 10 === 0 && show(`latency: ${count} of ${visibilitySamples} changes`),
  );
  const figures = stage.targets.map(({ name }, index) => {
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(samples[index] ?? [], share).toFixed(1));
    return `${name} p50 ${p50} ms, p99 ${p99} ms`;
  });
  say(
    done,
    'latency',
    `${samples[0]?.length ?? 0} changes of 4 KiB, from write to visible content: ${figures.join('; ')}`,
  );
};

/** @returns how many differences there are */
const compare = async (stage: Stage): Promise<number> => {
  let total = 0;
  for (const { name, directory } of stage.targets) {
    show(`comparing ${name}`);
    const differences = await compareTrees(stage.source, directory, { limit: 1000 });
    total += differences.length;
    say(
      differences.length === 0 ? done : paint('red', '✖'),
      'compare',
      `${name}: ${differences.length} differences in names, contents, modes, times, links, attributes`,
    );
    for (const { path, what, detail } of differences.slice(0, shownDifferences))
      console.log(`    ${what}: ${JSON.stringify(path)} ${detail}`);
  }
  return total;
};

/** Until Ctrl-C the source is a person's to edit. */
const keepGoing = async (stage: Stage): Promise<void> => {
  console.log(`\nEdit what you like in ${paint('bold', stage.source)}`);
  for (const { name, directory } of stage.targets) console.log(`  ${name} is ${directory}`);
  console.log(
    `  npx syncreplica status --watch --url ${stage.statusUrl}\nCtrl-C compares once more, ends and removes it all.\n`,
  );
  const interrupted = new Promise<boolean>((resolve) => {
    onInterrupt = () => resolve(true);
  });
  while (!(await Promise.race([interrupted, sleep(refreshMs, false)]))) show('live', await stage.status());
  onInterrupt = leave;
  console.log('');
};

const leave = (): void => process.exit(130);
let onInterrupt = leave;
process.on('SIGINT', () => onInterrupt());
process.on('SIGTERM', leave);

const run = async (): Promise<number> => {
  const keep = process.argv.includes('--keep');
  if (!ensureRsync()) return 1;
  if (isStale('dist/syncreplica.js')) await bundle('dist');
  const started = performance.now();
  show('setting up: certificates, two receivers, one agent');
  const stage = await setStage();
  try {
    const status = await playActs(stage);
    await measure(stage);
    await settle(stage.status, (now) => show('settling', now), settleTimeoutMs);
    let differences = await compare(stage);
    if (keep) {
      await keepGoing(stage);
      await settle(stage.status, (now) => show('settling', now), settleTimeoutMs);
      differences = await compare(stage);
    }
    const sent = status.replicas.reduce((sum, replica) => sum + replica.transferredBytes, 0);
    const verdict = differences === 0 ? paint('green', 'identical') : paint('red', `${differences} differences`);
    console.log(
      `\n${paint('bold', 'Source and both targets:')} ${verdict}. ${formatBytes(sent)} sent in all, mutual TLS, in ${formatSeconds((performance.now() - started) / 1000)}.`,
    );
    return differences === 0 ? 0 : 1;
  } finally {
    await stage.stop();
  }
};

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`\n${paint('red', '✖')} ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
